r"""What was sent where: a small file beside stored spans, so that sending them again sends only what is missing.

One line for each acknowledged request that completed traces, appended with one system call::

    {"endpoint":"http://host:4318/v1/traces","time":"2026-11-22T14:30:05+00:00","traces":{"4bf9...":57}}

A trace counts as sent with as many spans as it then had: one that has grown since is sent again. Whatever ends
the process loses at most the line being written; readers skip it, and the next writer cuts it off.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

import orjson

from interlab.errors import RecordError
from interlab_exporters.appending import AppendedFile

if TYPE_CHECKING:
    from collections.abc import Mapping


class Ledger:
    """The traces that endpoints have acknowledged.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Final = Path(path)

    def acknowledged(self, endpoint: str) -> dict[str, int]:
        """Give the traces that an endpoint has, each with its number of spans.

        Args:
            endpoint: Its complete address.

        Raises:
            RecordError: The file cannot be read, or is none of ours.
        """
        place = _place(endpoint)
        traces: dict[str, int] = {}
        for number, line in enumerate(self._whole_lines(), 1):
            try:
                entry = orjson.loads(line)
                if entry["endpoint"] == place:
                    traces |= entry["traces"]
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise RecordError(
                    f"`{self.path}` line {number} does not say what was sent; delete the file to send all again"
                ) from error
        return traces

    def acknowledge(self, endpoint: str, traces: Mapping[str, int]) -> None:
        """Note traces that an endpoint has in whole from now on.

        Raises:
            RecordError: The file cannot be written.
        """
        self._mend()
        entry = {
            "endpoint": _place(endpoint),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "traces": dict(traces),
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


def _place(endpoint: str) -> str:
    """Leave a user's name and password out of an address."""
    parts = urlsplit(endpoint)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
