"""Coroutines that run at the same time."""

from __future__ import annotations

import asyncio

import pytest

from interlab.tasks import run_together


async def answer(value: int, *, after: int = 0) -> int:
    for _ in range(after):
        await asyncio.sleep(0)
    return value


async def fail(error: Exception) -> int:
    raise error


async def test_results_come_in_the_order_of_the_coroutines() -> None:
    assert await run_together([answer(1, after=3), answer(2), answer(3, after=1)]) == [1, 2, 3]
    assert await run_together([]) == []


async def test_the_first_failure_is_raised_with_its_cause_and_the_others_are_its_notes() -> None:
    first = ValueError("first")
    first.__cause__ = KeyError("why")
    jobs = [fail(first), fail(OSError("disk")), fail(OSError("disk")), answer(1, after=9)]
    with pytest.raises(ValueError, match="first") as raised:
        await run_together(jobs)
    assert raised.value is first
    assert isinstance(first.__cause__, KeyError)
    assert first.__notes__ == ["at the same time: OSError: disk"]


async def test_a_failure_cancels_what_is_still_running() -> None:
    cancelled = asyncio.Event()

    async def wait() -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return 0

    with pytest.raises(ValueError, match="over"):
        await run_together([wait(), fail(ValueError("over"))])
    assert cancelled.is_set()
