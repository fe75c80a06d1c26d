"""The environment variables ``OTEL_EXPORTER_OTLP_*``, as typed values.

A value that cannot be understood is an error before anything is sent.
"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import unquote

from interlab.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

Protocol: TypeAlias = Literal["http/protobuf", "grpc"]
Signal: TypeAlias = Literal["traces", "metrics", "logs"]
Compression: TypeAlias = Literal["none", "gzip", "deflate"]

_HEADER_NAME: Final = re.compile(r"[0-9A-Za-z_.-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
"""Characters that HTTP and gRPC both carry."""


class _Variable(NamedTuple):
    """A variable and what it is set to; empty counts as not set."""

    name: str
    value: str


class Variables:
    """The variables as they count for a signal: one of its own (``..._OTLP_TRACES_HEADERS``) comes first.

    Every method raises a ConfigurationError that names the variable, if it cannot be understood.

    Args:
        signal: What is sent.
    """

    def __init__(self, signal: Signal) -> None:
        self._signal = signal.upper()

    def protocol(self) -> Protocol:
        """Protocol, by default HTTP."""
        name, value = self._find("PROTOCOL")
        match value:
            case "grpc":
                return "grpc"
            case "" | "http/protobuf":
                return "http/protobuf"
            case _:
                raise ConfigurationError(f"`{name}` is `{value}`; InterLab speaks `http/protobuf` and `grpc`")

    def headers(self) -> dict[str, str]:
        """Headers of every request; names in lower case."""
        name, value = self._find("HEADERS")
        headers: dict[str, str] = {}
        for text in filter(None, map(str.strip, value.split(","))):
            key, equals, content = text.partition("=")
            if not equals:
                raise ConfigurationError(f"`{name}` cannot be understood: write `name=value,other=value`")
            headers[unquote(key).strip()] = unquote(content.strip())
        return checked_headers(headers, f"`{name}`: ")

    def timeout(self) -> float | None:
        """Seconds to wait for an answer, as OpenTelemetry's Python has it; None if nothing is set."""
        name, value = self._find("TIMEOUT")
        try:
            seconds = float(value) if value else None
        except ValueError:
            seconds = math.nan
        if seconds is not None and not 0 < seconds < math.inf:
            raise ConfigurationError(f"`{name}` is `{value}`: set it to a number of seconds")
        return seconds

    def compression(self, protocol: Protocol) -> Compression:
        """Compression of requests, by default none."""
        name, value = self._find("COMPRESSION")
        match value.strip().lower():
            case "" | "none":
                return "none"
            case "gzip":
                return "gzip"
            case "deflate" if protocol == "http/protobuf":
                return "deflate"
            case _:
                raise ConfigurationError(f"`{name}` is `{value}`: set it to `gzip` or `none`")

    def trusted(self) -> Path | None:
        """Certificates to trust; None for those of the system."""
        return self._file("CERTIFICATE")

    def identity(self, protocol: Protocol) -> tuple[Path | None, Path | None]:
        """The certificate of this client, and the key that belongs to it."""
        certificate, key = self._file("CLIENT_CERTIFICATE"), self._file("CLIENT_KEY")
        missing = "CERTIFICATE" if key and not certificate else "KEY" if certificate and not key else ""
        if missing == "CERTIFICATE" or (missing and protocol == "grpc"):  # over HTTP one file may hold both
            given = self._find("CLIENT_KEY" if missing == "CERTIFICATE" else "CLIENT_CERTIFICATE").name
            raise ConfigurationError(f"`{given}` needs `OTEL_EXPORTER_OTLP_CLIENT_{missing}` as well")
        return certificate, key

    def endpoint(self) -> tuple[str, str]:
        """Endpoint of the signal, and of all signals; empty if nothing is set."""
        own = os.environ.get(f"OTEL_EXPORTER_OTLP_{self._signal}_ENDPOINT", "")
        return own, os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")

    def _file(self, what: str) -> Path | None:
        name, value = self._find(what)
        if value and not Path(value).is_file():
            raise ConfigurationError(f"`{name}` is `{value}`, which does not exist")
        return Path(value) if value else None

    def _find(self, what: str) -> _Variable:
        own, common = f"OTEL_EXPORTER_OTLP_{self._signal}_{what}", f"OTEL_EXPORTER_OTLP_{what}"
        name = own if os.environ.get(own) else common
        return _Variable(name, os.environ.get(name, ""))


def checked_headers(headers: Mapping[str, str], where: str = "") -> dict[str, str]:
    """Put the names of headers into lower case.

    Args:
        headers: Name to value.
        where: Where they were found, for the error.

    Raises:
        ConfigurationError: One cannot be sent; its value is not told, for it may be a secret.
    """
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"{where}header `{name}` cannot be sent: a name has letters, digits, `-`, `_` and `.` only"
            )
        if not _HEADER_VALUE.fullmatch(value):
            raise ConfigurationError(
                f"{where}header `{name}` cannot be sent: its value has a line break or a character beyond ASCII"
            )
    return {name.lower(): value for name, value in headers.items()}
