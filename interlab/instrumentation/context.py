"""Current episode and round of the running code, carried by the OpenTelemetry context.

A context crosses awaits and tasks. It does not cross threads by itself; :func:`wrap` carries it there.
"""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from opentelemetry import context as otel_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from opentelemetry.context import Context

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def attached(context: Context) -> Generator[None]:
    """Make a context the current one while the block runs."""
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


@contextmanager
def within(key: str, handle: object, context: Context) -> Generator[None]:
    """Run the block where ``handle`` is what the current context holds under ``key``.

    That is where the block is already, most of the time; a thread that has no context, or another one, gets the
    one that the handle was made in.
    """
    if otel_context.get_value(key) is handle:
        yield
    else:
        with attached(context):
            yield


def wrap(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function, sync or async, belong to the current episode, round and turn wherever it is called.

    For work that is handed to another thread or another event loop. Tasks and ``asyncio.to_thread`` need no help.

    Args:
        function: What will be called elsewhere.

    Returns:
        The function, bound to what is current now.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> import interlab as il
        >>> with ThreadPoolExecutor() as pool:
        ...     pool.submit(il.trace.wrap(max), 2, 3).result()
        3
    """
    here = otel_context.get_current()
    if inspect.iscoroutinefunction(function):
        awaited = cast("Callable[P, Awaitable[object]]", function)

        @wraps(function)
        async def run_async(*args: P.args, **kwargs: P.kwargs) -> object:
            with attached(here):
                return await awaited(*args, **kwargs)

        return cast("Callable[P, T]", run_async)

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with attached(here):
            return function(*args, **kwargs)

    return run
