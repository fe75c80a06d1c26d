"""Encoded spans to an OTLP endpoint, over HTTP or gRPC: each request is acknowledged, or it is an error.

The official exporters, which live export uses, tell no more than success or failure, and take the SDK's spans
only. The same environment variables count here: ``OTEL_EXPORTER_OTLP_PROTOCOL``, ``..._HEADERS``,
``..._CERTIFICATE``, ``..._CLIENT_CERTIFICATE`` and ``..._CLIENT_KEY``, or those that begin with
``OTEL_EXPORTER_OTLP_TRACES_``.
"""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.util.re import parse_env_headers

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters.backend import Backend

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from interlab_exporters import endpoints

_CONTENT_TYPE: Final = "application/x-protobuf"
_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRIES: Final = 4
_BUSY: Final = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED"})


class Sender(Protocol):
    """Somewhere that takes an ``ExportTraceServiceRequest``."""

    def send(self, request: bytes) -> None:
        """Send it, and return once it was acknowledged.

        Raises:
            BackendError: It was not, or not all of it.
        """
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def sender_to(
    address: str, protocol: endpoints.Protocol, *, headers: Mapping[str, str] | None, timeout: float
) -> Sender:
    """Connect to an endpoint.

    Args:
        address: As :func:`~interlab_exporters.endpoints.otlp_endpoint` completes it.
        protocol: What is spoken there.
        headers: Sent with every request, on top of those of the environment.
        timeout: Seconds to wait for each answer.

    Raises:
        ConfigurationError: The environment names a certificate that does not exist.
    """
    files = _Certificates.of_environment()
    given = {**_headers_of_environment(), **(headers or {})}
    if protocol == "grpc":
        return _GrpcSender(address, given, timeout, files)
    return _HttpSender(address, given, timeout, files)


class _Certificates(NamedTuple):
    """Files for TLS; None is the system's own, or no certificate of this client."""

    trusted: Path | None
    own: Path | None
    key: Path | None

    @classmethod
    def of_environment(cls) -> Self:
        return cls(*map(_file_of_environment, ("CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY")))


class _HttpSender:
    def __init__(self, address: str, headers: Mapping[str, str], timeout: float, files: _Certificates) -> None:
        self._address = address
        tls = {"ca_certs": files.trusted, "cert_file": files.own, "key_file": files.key}
        self._backend = Backend(
            address, headers=headers, timeout=timeout, tls={name: str(file) for name, file in tls.items() if file}
        )

    def send(self, request: bytes) -> None:
        answer = self._backend.post(request, _CONTENT_TYPE)
        if answer.headers.get("Content-Type", "").startswith(_CONTENT_TYPE):
            try:
                _check(self._address, ExportTraceServiceResponse.FromString(answer.data))
            except DecodeError as error:
                raise BackendError(f"`{self._address}` gave an answer that is no OTLP") from error

    def close(self) -> None:
        self._backend.close()


class _GrpcSender:
    def __init__(self, address: str, headers: Mapping[str, str], timeout: float, files: _Certificates) -> None:
        grpc: Any = importlib.import_module("grpc")  # heavy, and without types
        secure, _, target = address.rpartition("://")
        self._address = address
        self._timeout = timeout
        self._metadata = [(key.lower(), value) for key, value in headers.items()]
        self._error: type[Exception] = grpc.RpcError
        self._channel = (
            grpc.secure_channel(
                target,
                grpc.ssl_channel_credentials(
                    root_certificates=files.trusted and files.trusted.read_bytes(),
                    private_key=files.key and files.key.read_bytes(),
                    certificate_chain=files.own and files.own.read_bytes(),
                ),
            )
            if secure == "https"
            else grpc.insecure_channel(target)
        )
        self._export = self._channel.unary_unary(
            _METHOD, response_deserializer=ExportTraceServiceResponse.FromString
        )

    def send(self, request: bytes) -> None:
        for attempt in range(_RETRIES + 1):
            try:
                answer = self._export(request, timeout=self._timeout, metadata=self._metadata)
            except self._error as error:
                told = self._understand(error)
                if told is not None or attempt == _RETRIES:
                    raise told or self._refusal(error) from error
                time.sleep(2.0**attempt)
            else:
                return _check(self._address, answer)
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._channel.close()

    def _understand(self, error: Any) -> BackendError | None:
        """Say what is wrong; None where it may pass."""
        code, details = error.code().name, str(error.details())
        if code == "DEADLINE_EXCEEDED":
            return BackendError(f"`{self._address}` did not answer within {self._timeout:g} s")
        if "DNS resolution failed" in details or "errors resolving" in details:
            return BackendError(f"`{self._address}`: no such host; check the address")
        if "failed to connect" in details.lower():
            return BackendError(
                f"`{self._address}`: nothing that speaks gRPC is listening there; start it or check the address"
            )
        return None if code in _BUSY else self._refusal(error)

    def _refusal(self, error: Any) -> BackendError:
        details = str(error.details()).partition("\n")[0]
        return BackendError(f"`{self._address}` answered {error.code().name}: {details}")


def _check(address: str, answer: ExportTraceServiceResponse) -> None:
    partial = answer.partial_success
    if partial.rejected_spans:
        reason = partial.error_message.partition("\n")[0] or "it did not say why"
        raise BackendError(f"`{address}` refused {partial.rejected_spans} spans: {reason}")


def _of_environment(name: str) -> str | None:
    return os.environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or os.environ.get(f"OTEL_EXPORTER_OTLP_{name}")


def _file_of_environment(name: str) -> Path | None:
    value = _of_environment(name)
    if value is not None and not Path(value).is_file():
        raise ConfigurationError(f"`OTEL_EXPORTER_OTLP_{name}` is `{value}`, and there is no such file")
    return Path(value) if value is not None else None


def _headers_of_environment() -> dict[str, str]:
    text = _of_environment("HEADERS")
    return dict(parse_env_headers(text, liberal=True)) if text else {}
