"""Encoded telemetry to an OTLP endpoint: each request is acknowledged, or it is an error.

The same sender serves what is sent live and what is sent later. It speaks HTTP; the one that speaks gRPC is in
:mod:`interlab_exporters.grpc_sending`, which is imported only where it is wanted.
"""

from __future__ import annotations

import gzip
import importlib
import ssl
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from google.protobuf.message import DecodeError
from opentelemetry import context as otel_context
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from interlab.errors import ConfigurationError
from interlab_exporters.failures import RequestFailedError
from interlab_exporters.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from interlab_exporters.endpoints import Destination
    from interlab_exporters.failures import FailureKind
    from interlab_exporters.variables import Compression, Signal

_CONTENT_TYPE: Final = "application/x-protobuf"
_PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0)
_LONGEST_PAUSE_S: Final = 30.0
_RETRIED: Final[frozenset[FailureKind]] = frozenset({"busy"})
TIMEOUT_S: Final = 10.0
"""Seconds to wait for an answer, as OpenTelemetry has it."""


class Rejected(NamedTuple):
    """The part of an acknowledged request that the endpoint has not taken; sending it again is of no use.

    Attributes:
        items: Number of spans, log records or data points.
        reason: What the endpoint says about it, in one line.
    """

    items: int = 0
    reason: str = ""


class Sender(Protocol):
    """Sends requests of one signal to one endpoint."""

    def send(self, request: bytes) -> Rejected:
        """Send a request once, and wait until it is acknowledged.

        Args:
            request: An ``Export...ServiceRequest`` of the signal.

        Raises:
            RequestFailedError: It was not.
        """
        ...

    def close(self) -> None:
        """Close the connection; a request under way fails."""
        ...


def connect(there: Destination, timeout: float | None = None) -> Sender:
    """Make a sender; nothing is sent yet.

    Args:
        there: The endpoint.
        timeout: Seconds to wait for each answer; None takes what the destination says, else 10.

    Raises:
        ConfigurationError: gRPC is not installed, or a file of certificates holds none.
    """
    seconds = timeout or there.timeout or TIMEOUT_S
    if there.protocol == "http/protobuf":
        return _HttpSender(there, seconds)
    try:
        grpc_sending = importlib.import_module("interlab_exporters.grpc_sending")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "the protocol `grpc` needs an extra: run `pip install 'interlab-otel[grpc]'`, or use `http/protobuf`"
        ) from error
    return grpc_sending.GrpcSender(there, seconds)


def send_patiently(
    sender: Sender,
    request: bytes,
    wait: Callable[[float], bool],
    *,
    retried: Collection[FailureKind] = _RETRIED,
    failed: Callable[[RequestFailedError], None] | None = None,
) -> Rejected:
    """Send a request, and again up to four times while that may help.

    Args:
        sender: Where to.
        request: As :meth:`Sender.send` takes it.
        wait: Waits for some seconds, as many as ``Retry-After`` asks for (30 at most), else 1, 2, 4 and 8.
            Returns whether to try again then.
        retried: Failures after which it is sent again.
        failed: Called with each failure after which it is.

    Raises:
        RequestFailedError: It was not acknowledged.
    """
    for pause in _PAUSES_S:
        try:
            return sender.send(request)
        except RequestFailedError as failure:
            if failure.kind not in retried:
                raise
            if failed is not None:
                failed(failure)
            asked = failure.retry_after
            if not wait(pause if asked is None else min(asked, _LONGEST_PAUSE_S)):
                raise
    return sender.send(request)


@contextmanager
def uninstrumented() -> Generator[None]:
    """Keep instrumentation of HTTP and gRPC clients from recording what is sent in the block."""
    key = otel_context._SUPPRESS_INSTRUMENTATION_KEY  # pyright: ignore[reportPrivateUsage]
    token = otel_context.attach(otel_context.set_value(key, value=True))
    try:
        yield
    finally:
        otel_context.detach(token)


def read_answer(signal: Signal, answer: bytes) -> Rejected:
    """Read how much of a request an endpoint has not taken.

    Args:
        signal: What was sent.
        answer: An ``Export...ServiceResponse``.

    Raises:
        DecodeError: It is not one.
    """
    match signal:
        case "traces":
            partial = ExportTraceServiceResponse.FromString(answer).partial_success
            rejected = partial.rejected_spans
        case "logs":
            partial = ExportLogsServiceResponse.FromString(answer).partial_success
            rejected = partial.rejected_log_records
        case "metrics":
            partial = ExportMetricsServiceResponse.FromString(answer).partial_success
            rejected = partial.rejected_data_points
    return Rejected(rejected, partial.error_message.partition("\n")[0] or "no reason given")


class _HttpSender:
    def __init__(self, there: Destination, timeout: float) -> None:
        self._there = there
        headers = dict(there.headers)
        if there.compression != "none":
            headers["content-encoding"] = there.compression
        self._client = HttpClient(there.address, headers=headers, timeout=timeout, tls=_tls(there))

    def send(self, request: bytes) -> Rejected:
        answer = self._client.post(_compressed(request, self._there.compression), _CONTENT_TYPE)
        if not answer.headers.get("Content-Type", "").startswith(_CONTENT_TYPE):
            return Rejected()
        try:
            return read_answer(self._there.signal, answer.content)
        except DecodeError as error:
            message = f"`{self._there.address}` gave an answer that is not OTLP"
            raise RequestFailedError(message, kind="refused", reason="an answer that is not OTLP") from error

    def close(self) -> None:
        self._client.close()


def _compressed(request: bytes, compression: Compression) -> bytes:
    match compression:
        case "none":
            return request
        case "gzip":
            return gzip.compress(request)
        case "deflate":
            return zlib.compress(request)


def _tls(there: Destination) -> ssl.SSLContext:
    """Trust and identity as a TLS connection needs them."""
    file = there.trusted
    try:
        context = ssl.create_default_context(cafile=file)
        if there.certificate is not None:
            file = there.certificate
            context.load_cert_chain(file, there.key)
    except OSError as error:
        raise ConfigurationError(f"invalid certificates or key in `{file}`: expected PEM ({error})") from error
    return context
