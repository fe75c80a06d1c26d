"""Encoded telemetry to an OTLP endpoint over gRPC; imported only where it is wanted, for it needs an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import grpc as _grpc

from interlab_exporters.failures import FailureKind, RequestFailedError, no_answer
from interlab_exporters.sending import Rejected, read_answer

if TYPE_CHECKING:
    from interlab_exporters.endpoints import Destination
    from interlab_exporters.variables import Signal

grpc: Any = _grpc  # it has no types
_METHODS: Final[dict[Signal, str]] = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_KINDS: Final[dict[str, FailureKind]] = {
    "UNAVAILABLE": "busy",
    "RESOURCE_EXHAUSTED": "busy",
    "UNIMPLEMENTED": "unsupported",
}


class GrpcSender:
    """Sends requests of one signal to one endpoint over gRPC.

    Args:
        there: The endpoint.
        timeout: Seconds to wait for each answer.
    """

    def __init__(self, there: Destination, timeout: float) -> None:
        secure, _, target = there.address.rpartition("://")
        self._there = there
        self._timeout = timeout
        self._metadata = list(there.headers.items())
        compression = grpc.Compression.Gzip if there.compression == "gzip" else grpc.Compression.NoCompression
        self._channel = (
            grpc.secure_channel(target, _credentials(there), compression=compression)
            if secure == "https"
            else grpc.insecure_channel(target, compression=compression)
        )
        self._export = self._channel.unary_unary(_METHODS[there.signal])

    def send(self, request: bytes) -> Rejected:
        """Send a request once, and wait until it is acknowledged.

        Raises:
            RequestFailedError: It was not.
        """
        try:
            return read_answer(
                self._there.signal, self._export(request, timeout=self._timeout, metadata=self._metadata)
            )
        except grpc.RpcError as error:
            raise self._failure(error) from error
        except ValueError as error:  # the channel was closed under the call
            message = f"`{self._there.address}`: {error}"
            raise RequestFailedError(message, kind="silent", reason=str(error)) from error

    def close(self) -> None:
        """Close the connection; a request under way fails."""
        self._channel.close()

    def _failure(self, error: Any) -> RequestFailedError:
        code, details = error.code().name, str(error.details()).partition("\n")[0]
        address = self._there.address
        if code == "DEADLINE_EXCEEDED":
            return no_answer(address, self._timeout)
        kind: FailureKind = "unreachable"
        if "DNS resolution failed" in details or "errors resolving" in details:
            complaint = ": no such host; check the address"
        elif "failed to connect" in details.lower():
            complaint = ": nothing that speaks gRPC is listening there; start it or check the address"
        elif "Socket closed" in details or "Connection reset" in details:
            complaint = " broke off the connection; try again"
        else:
            kind, complaint = _KINDS.get(code, "refused"), f" answered {code}: {details}"
        return RequestFailedError(f"`{address}`{complaint}", kind=kind, reason=f"{code}: {details}")


def _credentials(there: Destination) -> Any:
    trusted, certificate, key = (
        file and file.read_bytes() for file in (there.trusted, there.certificate, there.key)
    )
    return grpc.ssl_channel_credentials(root_certificates=trusted, private_key=key, certificate_chain=certificate)
