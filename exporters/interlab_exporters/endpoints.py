"""Where OTLP goes: the address of an endpoint and the protocol spoken there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urlsplit

from interlab.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator

Protocol: TypeAlias = Literal["http/protobuf", "grpc"]
Signal: TypeAlias = Literal["traces", "metrics", "logs"]


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
        ConfigurationError: It is no address.
    """
    address = endpoint if "://" in endpoint else f"http://{endpoint}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ConfigurationError(f"`{endpoint}` is no OTLP endpoint: {error}") from error
    if not valid:
        raise ConfigurationError(f"`{endpoint}` is no OTLP endpoint; write for example `http://localhost:4318`")
    if protocol == "grpc":
        return address
    if parts.path in {"", "/"} and not parts.query:
        return f"{address.rstrip('/')}/v1/{signal}"
    return f"{address.removesuffix('traces')}{signal}" if address.endswith("/v1/traces") else address


def protocol_of_environment(signal: Signal = "traces") -> Protocol:
    """Read ``OTEL_EXPORTER_OTLP_<SIGNAL>_PROTOCOL``, else ``OTEL_EXPORTER_OTLP_PROTOCOL``, else HTTP.

    Raises:
        ConfigurationError: It names a protocol that we do not speak.
    """
    own = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL")
    name = own or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    match name:
        case "grpc":
            return "grpc"
        case None | "" | "http/protobuf":
            return "http/protobuf"
        case _:
            raise ConfigurationError(
                f"`OTEL_EXPORTER_OTLP_PROTOCOL` is `{name}`; InterLab speaks `http/protobuf` and `grpc`"
            )


@contextmanager
def environment_understood() -> Generator[None]:
    """Make what an official exporter says of a variable that it cannot read an error of ours.

    Raises:
        ConfigurationError: An exporter made in the block cannot read a variable.
    """
    try:
        yield
    except ValueError as error:
        raise ConfigurationError(f"a variable `OTEL_EXPORTER_OTLP_*` cannot be understood: {error}") from error
