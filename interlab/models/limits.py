"""How many calls may be under way: in flight at once, and begun per minute.

A limit belongs to one model of one provider and holds across everything that calls it within an event loop:
all episodes of a run draw on the same places.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from interlab.models.loops import PerLoop

if TYPE_CHECKING:
    from types import TracebackType

_SECONDS_A_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What calls to one model are held to."""

    concurrency: int
    """Calls in flight at once, from 1."""
    requests_per_minute: float | None = None
    """Calls begun per minute, evenly spaced; ``None`` for no such limit."""


class Limiter:
    """Lets calls through one by one; ``async with`` it around each call."""

    def __init__(self, limits: Limits) -> None:
        self._places = asyncio.Semaphore(limits.concurrency)
        per_minute = limits.requests_per_minute
        self._spacing = _SECONDS_A_MINUTE / per_minute if per_minute else 0.0
        self._next_start = 0.0

    async def __aenter__(self) -> Self:
        await self._places.acquire()
        if self._spacing:
            now = asyncio.get_running_loop().time()
            start = max(now, self._next_start)
            self._next_start = start + self._spacing
            try:
                await asyncio.sleep(start - now)
            except asyncio.CancelledError:
                self._places.release()
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.release()


_limiters: PerLoop[dict[tuple[str, Limits], Limiter]] = PerLoop(dict)


def limiter(model: str, limits: Limits) -> Limiter:
    """The limiter that all calls to a model share within the running event loop.

    Args:
        model: Provider and name, ``openai/gpt-5-mini``.
        limits: What to hold the calls to; other limits make another limiter.
    """
    of_loop = _limiters.here()
    found = of_loop.get((model, limits))
    if found is None:
        found = of_loop[model, limits] = Limiter(limits)
    return found
