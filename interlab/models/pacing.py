"""Rate of calls to an endpoint, learnt from its answers.

An endpoint that answers 429 rests: no call is sent for as long as it asks, or for a growing time. After that,
calls are evenly spaced at the rate that it accepted since the last rest. The rate grows slowly while it
accepts, and is learnt again at the next 429. The limits that the user sets hold as well.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from interlab.models.loops import PerLoop

if TYPE_CHECKING:
    from collections.abc import Mapping

_WINDOW_SECONDS: Final = 60.0
_MARGIN: Final = 0.97
"""Share of the accepted rate to begin with."""
_GROWTH: Final = 0.002
"""Growth of the rate, in calls per second, with each accepted call."""
_LONGEST_BACKOFF_SECONDS: Final = 5.0
_LEARNING_SECONDS: Final = 10.0
"""Time between two lessons at least; a refusal before that only makes the endpoint rest."""
_SLACK_SECONDS: Final = 0.2
"""Delay of a busy machine that later calls may catch up with."""
_PROBE_SECONDS: Final = 0.5
"""Time between calls after a rest, until one is accepted."""

_settled: Final[dict[str, float]] = {}


class Pace:
    """Admits calls to one endpoint within one event loop.

    Args:
        place: Host and port, for :func:`settled_rates`.

    Attributes:
        rate: Calls per second; infinite until the first refusal.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._turn = asyncio.Lock()
        self.rate = math.inf
        self._next_start = 0.0
        self._rests_until = 0.0
        self._refusals = 0
        self._learnt = 0.0
        self._accepted = deque[float]()

    async def admit(self) -> None:
        """Wait until a call may be sent."""
        loop = asyncio.get_running_loop()
        if self.rate == math.inf and loop.time() >= self._rests_until:
            return
        async with self._turn:
            await self._start(loop)
            due = max(self._next_start, loop.time() - _SLACK_SECONDS)
            self._next_start = due + (_PROBE_SECONDS if self._refusals else 1 / self.rate)

    async def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the next start; again if the endpoint began to rest meanwhile."""
        wait = max(self._rests_until, self._next_start) - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
            await self._start(loop)

    def accept(self) -> None:
        """Note that a call was answered."""
        now = asyncio.get_running_loop().time()
        if now >= self._rests_until:
            if self._refusals:
                self._learn(now)
            elif self.rate < math.inf:
                self._set_rate(self.rate + _GROWTH)
        self._accepted.append(now)
        while self._accepted[0] < now - _WINDOW_SECONDS:
            self._accepted.popleft()

    def refuse(self, seconds: float | None) -> None:
        """Let the endpoint rest, since it answered that there are too many calls.

        Args:
            seconds: Time that it asks for; ``None`` for one that doubles with each refusal after a rest.
        """
        now = asyncio.get_running_loop().time()
        if seconds is None and now < self._rests_until:
            return  # the answer to a call that was sent before the rest
        if now >= self._rests_until:
            self._refusals += 1
        if seconds is None:
            longest = min(2.0 ** (self._refusals - 1), _LONGEST_BACKOFF_SECONDS)
            seconds = longest * random.uniform(0.8, 1.0)
        self._rests_until = max(self._rests_until, now + seconds)

    def _learn(self, now: float) -> None:
        """Set the rate to what the endpoint accepted between the ends of two rests, or in the last minute."""
        self._refusals = 0
        since = max(self._learnt, self._accepted[0] if self._accepted else now)
        if now - since < _LEARNING_SECONDS:
            return
        accepted = sum(each >= since for each in self._accepted)
        self._set_rate(_MARGIN * accepted / (now - since))
        self._learnt = now

    def _set_rate(self, rate: float) -> None:
        self.rate = rate
        _settled[self._place] = rate * _WINDOW_SECONDS


_paces: PerLoop[dict[str, Pace]] = PerLoop(dict)


def pace_of(url: str, place: str) -> Pace:
    """Return the pace that all models at an address share within the running event loop.

    Args:
        url: Address of the endpoint.
        place: Host and port, for :func:`settled_rates`.
    """
    of_loop = _paces.here()
    if url not in of_loop:
        of_loop[url] = Pace(place)
    return of_loop[url]


def settled_rates() -> Mapping[str, float]:
    """Return host and port -> calls per minute, of the endpoints that limited the rate of this process."""
    return dict(_settled)


def forget_rates() -> None:
    """Forget the rates of earlier runs."""
    _settled.clear()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait; ``None`` if it says nothing usable.

    Reads ``retry-after-ms`` and ``Retry-After``, in seconds or as a date.
    """
    if (seconds := _number(headers.get("retry-after-ms"))) is not None:
        return seconds / 1000
    text = headers.get("Retry-After", "")
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None
