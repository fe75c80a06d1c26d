"""A log of what was sent where: a small file beside stored spans, by which sending again sends only the rest.

One line for each acknowledged request that completed traces, appended with one system call, and one for what was
sent live::

    {"endpoint":"http://host:4318/v1/traces","time":"2026-11-22T14:30:05+00:00","traces":{"4bf9...":57},"spans":{}}

A trace counts as sent with as many spans as it then had: one that has grown since is sent again. Where only a part
of a trace may have arrived, the line has its spans: ``"spans":{"4bf9...":["00f0...", ...]}``. Whatever ends the
process loses at most the line being written; readers skip it, and the next writer cuts it off.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from interlab.errors import RecordError
from interlab.redaction import without_secrets
from interlab_exporters.appending import AppendedFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Acknowledged(NamedTuple):
    """The traces and spans that an endpoint has.

    Attributes:
        traces: Traces that it has in whole, each with its number of spans.
        spans: Traces of which it has a part at least, each with the ids of those spans.
    """

    traces: dict[str, int]
    spans: dict[str, set[str]]


class DeliveryLog:
    """The traces and spans that endpoints have acknowledged, in a file.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Final = Path(path)

    def acknowledged(self, endpoint: str) -> Acknowledged:
        """Return what an endpoint has acknowledged.

        Args:
            endpoint: Its complete address.

        Raises:
            RecordError: The file cannot be read, or holds something else.
        """
        place = without_secrets(endpoint)
        found = Acknowledged({}, {})
        for number, line in enumerate(self._whole_lines(), 1):
            try:
                entry = orjson.loads(line)
                if entry["endpoint"] == place:
                    found.traces.update(entry["traces"])
                    for trace, ids in entry.get("spans", {}).items():
                        found.spans.setdefault(trace, set()).update(ids)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise RecordError(
                    f"invalid line {number} of `{self.path}`: delete the file to send all again"
                ) from error
        return found

    def acknowledge(
        self,
        endpoint: str,
        traces: Mapping[str, int] | None = None,
        *,
        spans: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Note what an endpoint has acknowledged.

        Args:
            endpoint: Its complete address.
            traces: Those that it has in whole, each with its number of spans.
            spans: Ids of spans that it has, by trace, where it may not have the whole trace.

        Raises:
            RecordError: The file cannot be written.
        """
        self._mend()
        entry = {
            "endpoint": without_secrets(endpoint),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "traces": dict(traces or {}),
            "spans": dict(spans or {}),
        }
        file = AppendedFile(self.path)
        try:
            file.append(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
            file.sync()
        finally:
            file.close()

    def _whole_lines(self) -> list[bytes]:
        content = self._content()
        return content[: content.rfind(b"\n") + 1].splitlines()

    def _mend(self) -> None:
        content = self._content()
        if content and not content.endswith(b"\n"):
            os.truncate(self.path, content.rfind(b"\n") + 1)

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise RecordError(f"`{self.path}` cannot be read: {error.strerror}") from error
