"""What waits to be sent to a live backend: lossy, counted, and never in the way.

The SDK's batch processors count nothing, log every failure to the terminal, and wait half a minute for a
collector that is dead. This queue is for spans and log events alike; an official exporter does the talking.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from interlab_exporters.failures import Hearing, failure_told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interlab_exporters.failures import Failure

_BATCH_ITEMS: Final = 512
_BATCH_BYTES: Final = 3 * 1024 * 1024
"""Below the 4 MiB that a gRPC server takes by default."""
_CAPACITY_WHEN_FAILING: Final = 8_192
"""How many items wait for a backend that has just refused some: what is kept in vain costs memory, and so time."""
_DELAY_S: Final = 1.0
GRACE_S: Final = 1.5
"""How long a collector may fail until closing waits no longer for it: enough for the first retry."""
PATIENCE_S: Final = 1.0
"""The same for a collector that says nothing, or twice the longest time that it has taken to answer."""

Item = TypeVar("Item")
Sent = TypeVar("Sent", contravariant=True)
Ready = TypeVar("Ready")


class Sender(Protocol[Sent]):
    """Talks to the backend; used by one thread only, but for ``shutdown``."""

    def send(self, batch: Sequence[Sent]) -> bool:
        """Send a batch, and say whether the backend took it."""
        ...

    def shutdown(self) -> None:
        """Give up what is under way."""
        ...


class Prepared(NamedTuple, Generic[Ready]):
    """Something as it is sent, and about how many bytes it takes."""

    item: Ready
    size: int


class Account(Protocol[Sent]):
    """Keeps account of what has arrived; told by the sending thread."""

    def arrived(self, batch: Sequence[Sent]) -> None:
        """The backend has acknowledged a batch."""
        ...

    def forget(self) -> None:
        """Whatever arrived may be gone: nobody serves the address any more, or this is another process."""
        ...


class Outbox(Generic[Item, Ready]):
    """Sends whatever is put into it from a thread of its own.

    Whoever puts something in only appends it to a queue. What does not get through (the queue is full, the
    collector refuses, time is up at the end) is counted. A forked child begins anew with nothing queued or
    counted: what waits is the parent's to send.

    Attributes:
        sent: Items that the endpoint has accepted.
        lost: Items that it has not and that were given up.
        failure: Why the latest failure happened, in one line; empty as long as there was none.
        is_unwanted: Whether the endpoint has no place for such items; what it did not take then is not lost.

    Args:
        connect: Makes what talks to the backend.
        prepare: Makes an item ready to be sent; called in the sending thread.
        noun: What the items are, in the plural.
        capacity: How many items may wait.
        optional: Whether an endpoint may lack a place for such items: then they are dropped without a word.
        account: Told what has arrived.
    """

    def __init__(
        self,
        connect: Callable[[], Sender[Ready]],
        prepare: Callable[[Item], Prepared[Ready]],
        *,
        noun: str,
        capacity: int,
        optional: bool = False,
        account: Account[Ready] | None = None,
    ) -> None:
        self._connect = connect
        self._prepare = prepare
        self._noun = noun
        self._capacity = capacity
        self._optional = optional
        self._account = account
        self._start()
        _restart_after_fork(self)

    def _start(self) -> None:
        self.sent = 0
        self.lost = 0
        self.failure = ""
        self.is_unwanted = False
        self._accepted = 0
        self._struggling = False
        self._nobody_there = False
        self._unanswered_since: float | None = None
        self._longest_answer_s = 0.0
        self._closing = False
        self._given_up = False
        self._waiting: deque[Item] = deque()
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._wake = threading.Event()
        if self._account is not None:
            self._account.forget()
        self._sender = self._connect()
        self._thread = threading.Thread(target=self._work, name=f"interlab-live-{self._noun}", daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """Begin anew with nothing queued or counted, as in a forked child; a closed one stays closed."""
        if not self._closing:
            self._start()

    def put(self, item: Item) -> None:
        """Queue an item; constant time, never waits, never raises."""
        with self._lock:
            if self.is_unwanted:
                return
            self._accepted += 1
            waiting = len(self._waiting)
            if self._closing or waiting >= self._capacity:
                self.lost += 1
                self.failure = (
                    "closed" if self._closing else f"queue full: {self._capacity} {self._noun} were waiting"
                )
                return
            if self._struggling and waiting >= _CAPACITY_WHEN_FAILING:  # the failure itself is the reason told
                self.lost += 1
                return
            self._waiting.append(item)
            ready = len(self._waiting) >= _BATCH_ITEMS
        if ready and not self._wake.is_set():
            self._wake.set()

    def flush(self, timeout: float) -> bool:
        """Wait until everything queued so far was sent or lost.

        Args:
            timeout: In seconds.

        Returns:
            Whether that happened in time.
        """
        self._wake.set()
        with self._settled:
            goal = self._accepted
            return self._settled.wait_for(lambda: self.sent + self.lost >= goal or self.is_unwanted, timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Send what is queued, then stop; what cannot be sent in time is counted as lost.

        Gives up at once where nothing serves the address, and elsewhere once the collector has failed for a second
        and a half or said nothing for one, before this call or in it. Doing it twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._wake.set()
        self._await_last_items(timeout)
        self._sender.shutdown()
        self._thread.join(timeout=0.2)

    def _await_last_items(self, timeout: float) -> None:
        begun = time.monotonic()
        with self._settled:
            while (left := self._left()) and not self._given_up:
                now = time.monotonic()
                patience = self._patience
                silent = now - (self._unanswered_since or begun)
                if silent >= patience or now - begun >= timeout:
                    self._given_up = True
                    self.lost += left
                    self.failure = self.failure or f"no answer within {min(patience, timeout):g} s"
                    self._waiting.clear()
                else:
                    self._settled.wait(0.05)

    @property
    def _patience(self) -> float:
        if self._nobody_there:
            return 0.0
        return GRACE_S if self._struggling else max(PATIENCE_S, 2 * self._longest_answer_s)

    def _left(self) -> int:
        return 0 if self.is_unwanted else self._accepted - self.sent - self.lost

    def _work(self) -> None:
        with Hearing(self._note):
            while not (self._closing or self.is_unwanted):
                self._wake.wait(_DELAY_S)
                self._wake.clear()
                self._drain()
            self._drain()

    def _drain(self) -> None:
        while batch := self._next_batch():
            begun = time.monotonic()
            self._unanswered_since = self._unanswered_since or begun
            self._nobody_there = False
            succeeded = self._send(batch)
            with self._settled:
                if self._given_up:
                    return
                self._struggling = not succeeded
                if succeeded:
                    self.sent += len(batch)
                    if self._account is not None:
                        self._account.arrived(batch)
                    self._unanswered_since = None
                    self._longest_answer_s = max(self._longest_answer_s, time.monotonic() - begun)
                elif self.is_unwanted:
                    self._waiting.clear()
                else:
                    self.lost += len(batch)
                self._settled.notify_all()
        # Nothing is asked of it now; the next batch is a new chance.
        self._unanswered_since = None
        self._nobody_there = False

    def _send(self, batch: list[Ready]) -> bool:
        try:
            return self._sender.send(batch)
        except ValueError as error:  # what gRPC raises once its channel was closed under a call
            self._note(failure_told_by(str(error)))
            return False

    def _next_batch(self) -> list[Ready]:
        batch: list[Ready] = []
        size = 0
        while self._waiting and len(batch) < _BATCH_ITEMS and size < _BATCH_BYTES:
            try:
                item = self._waiting.popleft()
            except IndexError:  # given up meanwhile
                break
            prepared = self._prepare(item)
            batch.append(prepared.item)
            size += prepared.size
        return batch

    def _note(self, failure: Failure) -> None:
        with self._lock:
            if failure.lacks_service and self._optional:
                self.is_unwanted = True
                return
            if self._given_up:
                return
            self._struggling = True
            if not (failure.is_final_word and self.failure):
                self.failure = failure.cause
            if failure.nobody_there:
                self._nobody_there = True
                if self._account is not None:
                    self._account.forget()
                self._settled.notify_all()


def _restart_after_fork(outbox: Outbox[Item, Ready]) -> None:
    """Give a forked child a thread and a connection of its own."""
    reference = weakref.WeakMethod(outbox.restart)

    def restart() -> None:
        if (method := reference()) is not None:
            method()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=restart)
