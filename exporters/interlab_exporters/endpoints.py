"""Where OTLP goes: the address of an endpoint and the protocol spoken there."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from interlab.errors import ConfigurationError

Protocol: TypeAlias = Literal["http/protobuf", "grpc"]


def otlp_endpoint(endpoint: str, protocol: Protocol = "http/protobuf") -> str:
    """Complete the address of an OTLP endpoint.

    >>> otlp_endpoint("localhost:4318")
    'http://localhost:4318/v1/traces'
    >>> otlp_endpoint("https://collector/tenant/v1/traces")
    'https://collector/tenant/v1/traces'
    >>> otlp_endpoint("localhost:4317", "grpc")
    'http://localhost:4317'

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
    bare = parts.path in {"", "/"} and not parts.query
    return f"{address.rstrip('/')}/v1/traces" if protocol == "http/protobuf" and bare else address


def protocol_of_environment() -> Protocol:
    """Read ``OTEL_EXPORTER_OTLP_TRACES_PROTOCOL``, else ``OTEL_EXPORTER_OTLP_PROTOCOL``, else HTTP.

    Raises:
        ConfigurationError: It names a protocol that we do not speak.
    """
    name = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    match name:
        case "grpc":
            return "grpc"
        case None | "" | "http/protobuf":
            return "http/protobuf"
        case _:
            raise ConfigurationError(
                f"`OTEL_EXPORTER_OTLP_PROTOCOL` is `{name}`; InterLab speaks `http/protobuf` and `grpc`"
            )
