"""Tasks that run at the same time and fail together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

T = TypeVar("T")


async def run_together(jobs: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines at the same time.

    Returns:
        Their results, in the order of the coroutines.

    Raises:
        BaseException: The first failure, which cancels the rest; other failures at the same time are its notes.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in jobs]
    except BaseExceptionGroup as failures:
        first, *others = failures.exceptions
        for other in dict.fromkeys(f"{type(each).__name__}: {each}" for each in others):
            first.add_note(f"at the same time: {other}")
        raise first from first.__cause__
    return [task.result() for task in tasks]
