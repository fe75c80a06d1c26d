"""Bounded, lossy queue for live export: never blocks the caller, and counts what it drops.

The SDK's batch processors count nothing, log every failure to the terminal, and wait half a minute for a collector
that is dead. This queue serves spans and log events alike.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, Protocol, TypeVar

from interlab_exporters.live_connection import LiveConnection
from interlab_exporters.sending import uninstrumented

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab_exporters.endpoints import Destination
    from interlab_exporters.failures import RequestFailedError
    from interlab_exporters.sending import Rejected

_BATCH_ITEMS: Final = 512
_BATCH_BYTES: Final = 3 * 1024 * 1024
"""Below the 4 MiB that a gRPC server takes by default."""
_CAPACITY_WHEN_FAILING: Final = 8_192
"""Number of items that wait for an endpoint that fails: to keep them for nothing costs memory, and so time."""
_DELAY_S: Final = 1.0

Item = TypeVar("Item")
Given = TypeVar("Given", contravariant=True)
Ready = TypeVar("Ready")
Delivered = TypeVar("Delivered", contravariant=True)


class Prepared(NamedTuple, Generic[Ready]):
    """An item as it is sent, and about how many bytes it takes."""

    item: Ready
    size: int


class Deliveries(Protocol[Delivered]):
    """Keeps account of what has arrived; called by the sending thread."""

    def add(self, batch: Sequence[Delivered], /) -> None:
        """Note that the endpoint has acknowledged a batch."""
        ...

    def forget(self) -> None:
        """Note that what arrived may be gone: the server went away, or this is another process."""
        ...


class Codec(Protocol[Given, Ready]):
    """Turns items into requests; called by the sending thread."""

    def prepare(self, item: Given, /) -> Prepared[Ready]:
        """Make an item ready to be sent.

        Raises:
            ValueError: OTLP cannot carry it.
        """
        ...

    def encode(self, batch: Sequence[Ready], /) -> bytes:
        """Write one request of some items."""
        ...


class ExportQueue(Generic[Item, Ready]):
    """Sends items in a thread; :meth:`put` only appends to a queue.

    Items that do not get through (the queue is full, the endpoint refuses, time is up at the end) are counted. A
    forked child begins with nothing queued or counted: what waits is the parent's to send.

    Attributes:
        sent: Number of items that the endpoint has accepted.
        lost: Number of items that it has not and that were given up.
        failure: Cause of the latest failure, in one line; empty if there was none.
        is_unwanted: Whether the endpoint has no place for such items; none of them counts as lost then.

    Args:
        there: The endpoint.
        codec: Turns items into requests.
        noun: Word for the items, in the plural.
        capacity: Number of items that may wait.
        optional: Whether an endpoint may lack a place for such items: then they are dropped silently.
        deliveries: Keeps account of what has arrived.

    Raises:
        ConfigurationError: The endpoint needs something that is missing here.
    """

    def __init__(
        self,
        there: Destination,
        codec: Codec[Item, Ready],
        *,
        noun: str,
        capacity: int,
        optional: bool = False,
        deliveries: Deliveries[Ready] | None = None,
    ) -> None:
        self._there = there
        self._codec = codec
        self._noun = noun
        self._capacity = capacity
        self._optional = optional
        self._deliveries = deliveries
        self._start()
        _restart_after_fork(self)

    def _start(self) -> None:
        self.sent = 0
        self.lost = 0
        self.failure = ""
        self.is_unwanted = False
        self._accepted = 0
        self._closing = False
        self._given_up = False
        self._waiting: deque[Item] = deque()
        self._settled = threading.Condition(threading.Lock())
        self._wake = threading.Event()
        if self._deliveries is not None:
            self._deliveries.forget()
        self._connection = LiveConnection(self._there, self._note)
        self._thread = threading.Thread(target=self._work, name=f"interlab-live-{self._noun}", daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """Begin with nothing queued or counted, as in a forked child; a closed queue stays closed."""
        if not self._closing:
            self._start()

    def put(self, item: Item) -> None:
        """Queue an item; constant time, never waits, never raises."""
        with self._settled:
            if self.is_unwanted:
                return
            self._accepted += 1
            waiting = len(self._waiting)
            if self._closing or waiting >= self._capacity:
                self.lost += 1
                full = f"queue full: {self._capacity} {self._noun} were waiting"
                self.failure = "closed" if self._closing else full
                return
            if self._connection.is_failing and waiting >= _CAPACITY_WHEN_FAILING:
                self.lost += 1
                return
            self._waiting.append(item)
        if waiting + 1 >= _BATCH_ITEMS and not self._wake.is_set():
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

        Gives up at once where nothing serves the address, and elsewhere once the endpoint has failed for a second
        and a half or was silent for one, before this call or in it. Closing twice does nothing.

        Args:
            timeout: In seconds, at most.
        """
        with self._settled:
            if self._closing:
                return
            self._closing = True
        self._wake.set()
        self._await_last_items(timeout)
        self._connection.abandon()
        self._thread.join(timeout=0.2)

    def _await_last_items(self, timeout: float) -> None:
        begun = time.monotonic()
        connection = self._connection
        with self._settled:
            while (left := self._left()) and not self._given_up:
                if connection.is_hopeless(begun) or time.monotonic() - begun >= timeout:
                    self._given_up = True
                    self.lost += left
                    self.failure = self.failure or f"no answer within {min(connection.patience, timeout):g} s"
                    self._waiting.clear()
                else:
                    self._settled.wait(0.05)

    def _left(self) -> int:
        return 0 if self.is_unwanted else self._accepted - self.sent - self.lost

    def _work(self) -> None:
        with uninstrumented():
            while not (self._closing or self.is_unwanted):
                self._wake.wait(_DELAY_S)
                self._wake.clear()
                self._drain()
            self._drain()
            self._connection.close()

    def _drain(self) -> None:
        while batch := self._next_batch():
            rejected = self._connection.send(self._codec.encode(batch))
            with self._settled:
                if self._given_up:
                    return
                self._count(batch, rejected)
                self._settled.notify_all()
        self._connection.rest()

    def _count(self, batch: Sequence[Ready], rejected: Rejected | None) -> None:
        if rejected is None:
            if self.is_unwanted:
                self._waiting.clear()
            else:
                self.lost += len(batch)
            return
        self.sent += len(batch) - rejected.items
        self.lost += rejected.items
        if rejected.items:
            self.failure = f"refused {rejected.items} {self._noun}: {rejected.reason}"
        elif self._deliveries is not None:
            self._deliveries.add(batch)

    def _next_batch(self) -> list[Ready]:
        batch: list[Ready] = []
        size = 0
        while self._waiting and len(batch) < _BATCH_ITEMS and size < _BATCH_BYTES:
            try:
                item = self._waiting.popleft()
            except IndexError:  # given up meanwhile
                break
            try:
                prepared = self._codec.prepare(item)
            except ValueError as error:
                self._lose(str(error))
                continue
            batch.append(prepared.item)
            size += prepared.size
        return batch

    def _lose(self, reason: str) -> None:
        with self._settled:
            self.lost += 1
            self.failure = reason
            self._settled.notify_all()

    def _note(self, failure: RequestFailedError) -> None:
        with self._settled:
            if failure.kind == "unsupported" and self._optional:
                self.is_unwanted = True
            elif not self._given_up:
                self.failure = failure.reason
                if failure.kind == "unreachable" and self._deliveries is not None:
                    self._deliveries.forget()


def _restart_after_fork(queue: ExportQueue[Item, Ready]) -> None:
    """Give a forked child a thread and a connection."""
    reference = weakref.WeakMethod(queue.restart)

    def restart() -> None:
        if (method := reference()) is not None:
            method()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=restart)
