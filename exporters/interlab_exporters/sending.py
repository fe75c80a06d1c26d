"""Encoded spans to an OTLP endpoint, over HTTP or gRPC: each request is acknowledged, or it is an error.

The official exporters, which live export uses, tell no more than success or failure, and take the SDK's spans
only. The same environment variables count for both.
"""

from __future__ import annotations

import gzip
import importlib
import time
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from interlab.errors import BackendError
from interlab_exporters.backend import Backend
from interlab_exporters.endpoints import grpc_compression

if TYPE_CHECKING:
    from interlab_exporters.endpoints import Compression, Destination

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


def sender_to(destination: Destination, timeout: float) -> Sender:
    """Connect to an endpoint.

    Args:
        destination: Where it is, and how it is spoken to.
        timeout: Seconds to wait for each answer.
    """
    return (_GrpcSender if destination.protocol == "grpc" else _HttpSender)(destination, timeout)


class _HttpSender:
    def __init__(self, destination: Destination, timeout: float) -> None:
        self._address = destination.address
        self._compression: Compression = destination.compression
        headers = dict(destination.headers)
        if self._compression != "none":
            headers["content-encoding"] = self._compression
        tls = {"ca_certs": destination.trusted, "cert_file": destination.certificate, "key_file": destination.key}
        self._backend = Backend(
            self._address,
            headers=headers,
            timeout=timeout,
            tls={name: str(file) for name, file in tls.items() if file},
        )

    def send(self, request: bytes) -> None:
        answer = self._backend.post(self._compressed(request), _CONTENT_TYPE)
        if answer.headers.get("Content-Type", "").startswith(_CONTENT_TYPE):
            try:
                _check(self._address, ExportTraceServiceResponse.FromString(answer.data))
            except DecodeError as error:
                raise BackendError(f"`{self._address}` gave an answer that is no OTLP") from error

    def close(self) -> None:
        self._backend.close()

    def _compressed(self, request: bytes) -> bytes:
        match self._compression:
            case "none":
                return request
            case "gzip":
                return gzip.compress(request)
            case "deflate":
                return zlib.compress(request)


class _GrpcSender:
    def __init__(self, destination: Destination, timeout: float) -> None:
        grpc: Any = importlib.import_module("grpc")  # heavy, and without types
        secure, _, target = destination.address.rpartition("://")
        self._address = destination.address
        self._timeout = timeout
        self._metadata = list(destination.headers.items())
        self._error: type[Exception] = grpc.RpcError
        compression = grpc_compression(destination.compression)
        trusted, certificate, key = (
            file and file.read_bytes() for file in (destination.trusted, destination.certificate, destination.key)
        )
        self._channel = (
            grpc.secure_channel(
                target,
                grpc.ssl_channel_credentials(
                    root_certificates=trusted, private_key=key, certificate_chain=certificate
                ),
                compression=compression,
            )
            if secure == "https"
            else grpc.insecure_channel(target, compression=compression)
        )
        self._export = self._channel.unary_unary(
            _METHOD, response_deserializer=ExportTraceServiceResponse.FromString
        )

    def send(self, request: bytes) -> None:
        attempt = 0
        while (answer := self._answer(request, is_last=attempt == _RETRIES)) is None:
            time.sleep(2.0**attempt)
            attempt += 1
        _check(self._address, answer)

    def close(self) -> None:
        self._channel.close()

    def _answer(self, request: bytes, *, is_last: bool) -> ExportTraceServiceResponse | None:
        """Send it once; None where it may work later, unless it is the last time."""
        try:
            return self._export(request, timeout=self._timeout, metadata=self._metadata)
        except self._error as error:
            told = self._understand(error) or (self._refusal(error) if is_last else None)
            if told is not None:
                raise told from error
            return None

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
