"""The one place where synchronous code waits for asynchronous code."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

T = TypeVar("T")


def wait_for(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end, also where an event loop is running already (a notebook).

    Ctrl-C and SIGTERM cancel the coroutine, which may finish in good order.

    Raises:
        KeyboardInterrupt: It was interrupted by Ctrl-C.
        asyncio.CancelledError: It was interrupted by SIGTERM.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_terminable(main))
    return _wait_in_a_thread(main)


def _wait_in_a_thread(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a thread and a loop of its own, and hand Ctrl-C on to it."""
    begun: Future[Callable[[], object]] = Future()

    async def run() -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None, "a coroutine that runs is a task"
        begun.set_result(lambda: loop.call_soon_threadsafe(task.cancel))
        return await main()

    with ThreadPoolExecutor(max_workers=1) as pool:
        ended = pool.submit(copy_context().run, lambda: asyncio.run(run()))
        try:
            return ended.result()
        except KeyboardInterrupt:
            cancel = begun.result()
            with suppress(RuntimeError):  # it has ended in the meantime
                cancel()
            raise


async def _terminable(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    asyncio.get_running_loop().set_exception_handler(_without_interruptions)
    with _cancelled_by_sigterm():
        return await main()


def _without_interruptions(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report exceptions of tasks, except the interruption by a second Ctrl-C, which ends the process anyway."""
    if not isinstance(context.get("exception"), KeyboardInterrupt):
        loop.default_exception_handler(context)


@contextmanager
def _cancelled_by_sigterm() -> Generator[None]:
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
