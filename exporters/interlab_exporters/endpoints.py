"""OTLP endpoints: address, protocol, headers, and whatever else a sender needs to know.

One :class:`Destination` serves everything that sends, so that a variable means the same for every signal, live or
later.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from interlab.errors import ConfigurationError
from interlab.redaction import without_secrets
from interlab_exporters.variables import Compression, Protocol, Signal, Variables, checked_headers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_ENDPOINTS: Final[Mapping[Protocol, str]] = {
    "http/protobuf": "http://127.0.0.1:4318",
    "grpc": "http://127.0.0.1:4317",
}
_USER_INFO: Final = re.compile(r"^(\w+://)?([^/?#]*)@")


@dataclass(frozen=True, slots=True)
class Destination:
    """An OTLP endpoint and how it is spoken to.

    Attributes:
        signal: What is sent there.
        address: Complete, without a user's name and password.
        protocol: What is spoken there.
        headers: Sent with every request, the credentials of the address among them; names in lower case.
        timeout: Seconds to wait for each answer; None if it is not set.
        compression: Of every request.
        trusted: Certificates to trust; None for those of the system.
        certificate: Certificate of this client, if it has one.
        key: The key that belongs to it; None if it is in the same file.
    """

    signal: Signal
    address: str
    protocol: Protocol
    headers: Mapping[str, str] = field(repr=False)
    timeout: float | None
    compression: Compression
    trusted: Path | None
    certificate: Path | None
    key: Path | None


def destination(
    endpoint: str | None = None,
    signal: Signal = "traces",
    *,
    protocol: Protocol | None = None,
    headers: Mapping[str, str] | None = None,
) -> Destination:
    """Make a destination of what is given and of the variables ``OTEL_EXPORTER_OTLP_*``.

    Args:
        endpoint: As :func:`otlp_endpoint` takes it; None takes ``OTEL_EXPORTER_OTLP_ENDPOINT``, else this machine.
        signal: What is sent.
        protocol: None takes ``OTEL_EXPORTER_OTLP_PROTOCOL``, else ``"http/protobuf"``.
        headers: Sent with every request, on top of ``OTEL_EXPORTER_OTLP_HEADERS``.

    Raises:
        ConfigurationError: The endpoint is not a valid address, or something else cannot be understood or sent.
    """
    variables = Variables(signal)
    spoken = protocol or variables.protocol()
    own, common = variables.endpoint()
    if not (endpoint or own) and common and spoken != "grpc":  # the one that is completed whatever its path
        own = f"{common.rstrip('/')}/v1/{signal}"
    address = otlp_endpoint(endpoint or own or common or DEFAULT_ENDPOINTS[spoken], spoken, signal)
    certificate, key = variables.identity(spoken)
    return Destination(
        signal=signal,
        address=without_user_info(address),
        protocol=spoken,
        headers=credentials(address) | variables.headers() | checked_headers(headers or {}),
        timeout=variables.timeout(),
        compression=variables.compression(spoken),
        trusted=variables.trusted(),
        certificate=certificate,
        key=key,
    )


def otlp_endpoint(endpoint: str, protocol: Protocol = "http/protobuf", signal: Signal = "traces") -> str:
    """Complete the address of an OTLP endpoint.

    >>> otlp_endpoint("localhost:4318")
    'http://localhost:4318/v1/traces'
    >>> otlp_endpoint("https://collector/tenant/v1/traces")
    'https://collector/tenant/v1/traces'
    >>> otlp_endpoint("https://collector/tenant/v1/traces", signal="logs")
    'https://collector/tenant/v1/logs'
    >>> otlp_endpoint("localhost:4317", "grpc")
    'http://localhost:4317'

    Args:
        endpoint: A bare address, which gets the path of the signal, or one with a path; there ``/v1/traces`` at
            the end gives way to the path of the signal.
        protocol: What is spoken there; gRPC has no paths.
        signal: What is sent.

    Raises:
        ConfigurationError: It is not a valid address.
    """
    address = endpoint if "://" in endpoint else f"http://{endpoint}"
    shown = without_secrets(endpoint)
    if not endpoint.isprintable():
        raise ConfigurationError(f"invalid OTLP endpoint {shown!r}: expected printable characters")
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its text may repeat a password
        raise ConfigurationError(f"invalid OTLP endpoint `{shown}`: invalid host or port") from None
    if not valid:
        raise ConfigurationError(f"invalid OTLP endpoint `{shown}`: expected for example `http://localhost:4318`")
    if protocol == "grpc":
        return address
    if parts.path in {"", "/"} and not parts.query:
        return f"{address.rstrip('/')}/v1/{signal}"
    return f"{address.removesuffix('traces')}{signal}" if address.endswith("/v1/traces") else address


def without_user_info(address: str) -> str:
    """Leave a user's name and password out of an address, since they go into a header.

    >>> without_user_info("https://me:secret@collector:4318/v1/traces")
    'https://collector:4318/v1/traces'
    """
    return _USER_INFO.sub(r"\1", address)


def credentials(address: str) -> dict[str, str]:
    """Make the header that carries a user's name and password of an address; empty without them."""
    found = _USER_INFO.match(address)
    return {"authorization": f"Basic {b64encode(unquote(found[2]).encode()).decode()}"} if found else {}
