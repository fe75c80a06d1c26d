"""Synchronous entry points, also where an event loop runs already."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from interlab.running.sync import wait_for


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_without_a_loop() -> None:
    assert wait_for(answer) == 42


async def test_within_a_running_loop() -> None:
    assert wait_for(answer) == 42


async def test_errors_come_out_as_they_are_within_a_running_loop() -> None:
    async def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        wait_for(fail)


class Interrupted:
    """A coroutine that is interrupted while it waits, and notes that it could finish in good order."""

    def __init__(self, how: signal.Signals) -> None:
        self.how = how
        self.finished = False

    async def __call__(self) -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), self.how)
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.05)
            self.finished = True


@pytest.mark.parametrize(
    ("how", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, asyncio.CancelledError)]
)
def test_a_signal_lets_the_coroutine_finish(how: signal.Signals, raised: type[BaseException]) -> None:
    main = Interrupted(how)
    with pytest.raises(raised):
        wait_for(main)
    assert main.finished


def test_ctrl_c_in_a_notebook_lets_the_coroutine_finish() -> None:
    main = Interrupted(signal.SIGINT)

    async def cell() -> None:
        wait_for(main)

    loop = asyncio.new_event_loop()  # as a notebook's, it leaves Ctrl-C to Python, unlike asyncio.run
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(cell())
    finally:
        loop.close()
    assert main.finished
