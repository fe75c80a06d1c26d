"""Where OTLP goes and how: from what is given and from the environment, or one line that says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters import LiveExport, LiveLogs, LiveMetrics, Span, resend
from interlab_exporters.endpoints import destination, without_user_info
from tests.exporters.collectors import Answer, collecting, refusing_port
from tests.exporters.grpc_collector import collecting_traces
from tests.exporters.made_spans import a_span

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interlab_exporters.variables import Protocol

SPANS = [Span.from_readable(a_span())]
HOST = "http://host:4318"


class TestTheEnvironment:
    @pytest.mark.parametrize(
        ("variables", "address"),
        [
            ({}, "http://127.0.0.1:4318/v1/logs"),
            ({"ENDPOINT": "https://host/tenant"}, "https://host/tenant/v1/logs"),
            ({"ENDPOINT": "https://host", "LOGS_ENDPOINT": "https://logs/in"}, "https://logs/in"),
            ({"PROTOCOL": "grpc"}, "http://127.0.0.1:4317"),
            ({"PROTOCOL": "grpc", "LOGS_PROTOCOL": "http/protobuf"}, "http://127.0.0.1:4318/v1/logs"),
        ],
    )
    def test_gives_the_address(
        self, variables: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)
        assert destination(signal="logs").address == address

    def test_gives_headers_a_timeout_and_a_compression(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20x, tenant=lab=1,")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2.5")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        found = destination(HOST, headers={"Tenant": "own"})
        assert found.headers == {"authorization": "Bearer x", "tenant": "own"}
        assert (found.timeout, found.compression) == (2.5, "gzip")

    @pytest.mark.parametrize(
        ("variable", "value", "complaint"),
        [
            ("HEADERS", "nonsense", r"`OTEL_EXPORTER_OTLP_HEADERS` cannot be understood: write `name=value,"),
            ("TRACES_HEADERS", "a b=1", r"`OTEL_EXPORTER_OTLP_TRACES_HEADERS`: header `a b` cannot be sent"),
            ("HEADERS", "key=caf%C3%A9", r"header `key` cannot be sent: its value has .* beyond ASCII"),
            ("TIMEOUT", "abc", r"`OTEL_EXPORTER_OTLP_TIMEOUT` is `abc`: set it to a number of seconds"),
            ("TIMEOUT", "0", r"is `0`: set it to a number of seconds"),
            ("TIMEOUT", "inf", r"is `inf`: set it to a number of seconds"),
            ("COMPRESSION", "zstd", r"`OTEL_EXPORTER_OTLP_COMPRESSION` is `zstd`: set it to `gzip` or `none`"),
            ("PROTOCOL", "http/json", r"is `http/json`; InterLab speaks `http/protobuf` and `grpc`"),
            (
                "CERTIFICATE",
                "absent.pem",
                r"`OTEL_EXPORTER_OTLP_CERTIFICATE` is `absent.pem`, which does not exist",
            ),
            ("ENDPOINT", "ftp://host", r"invalid OTLP endpoint `ftp://host/v1/traces`"),
        ],
    )
    def test_that_cannot_be_understood_is_told(
        self, variable: str, value: str, complaint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{variable}", value)
        with pytest.raises(ConfigurationError, match=complaint) as told:
            destination()
        assert "\n" not in str(told.value)

    @pytest.mark.parametrize(
        ("protocol", "given", "missing"),
        [
            ("http/protobuf", "CLIENT_KEY", "CLIENT_CERTIFICATE"),
            ("grpc", "CLIENT_KEY", "CLIENT_CERTIFICATE"),
            ("grpc", "CLIENT_CERTIFICATE", "CLIENT_KEY"),
        ],
    )
    def test_half_of_an_identity_is_told(
        self, protocol: Protocol, given: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (file := tmp_path / "client.pem").touch()
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{given}", str(file))
        complaint = f"`OTEL_EXPORTER_OTLP_{given}` needs `OTEL_EXPORTER_OTLP_{missing}` as well"
        with pytest.raises(ConfigurationError, match=complaint):
            destination("https://host", protocol=protocol)

    @pytest.mark.parametrize(
        "connect",
        [
            lambda: LiveExport(HOST),
            lambda: LiveLogs(HOST, resource={}, scope_name="x"),
            lambda: LiveMetrics(HOST, resource={}),
        ],
        ids=["spans", "logs", "metrics"],
    )
    def test_counts_for_what_is_sent_live(
        self, connect: Callable[[], object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "abc")
        with pytest.raises(ConfigurationError, match="is `abc`"):
            connect()


class TestCompression:
    @pytest.mark.parametrize("name", ["gzip", "deflate"])
    def test_over_http(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", name)
        with collecting() as collector:
            resend(SPANS, collector.url)
            assert collector.headers[0]["content-encoding"] == name
            assert collector.spans[0].span_id.hex() == SPANS[0].span_id

    def test_over_grpc(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        with collecting_traces() as collector:
            assert resend(SPANS, collector.url, protocol="grpc").spans == 1


def test_the_timeout_of_the_environment_counts_later_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    with collecting(Answer(hangs=True)) as collector, pytest.raises(BackendError, match=r"within 0\.2 s"):
        resend(SPANS, collector.url)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_otlp_calls_retryable_is_tried_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
    with collecting(Answer(status), Answer(status), Answer()) as collector:
        assert resend(SPANS, collector.url).spans == 1


class TestCredentials:
    """A name and a password in an address are sent, and never shown."""

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("http://me:secret@host:4318/v1/traces", "http://host:4318/v1/traces"),
            ("me:secret@host:4318", "host:4318"),
            ("http://host/a@b", "http://host/a@b"),
            ("jaeger://me@host?run=a@b", "jaeger://host?run=a@b"),
        ],
    )
    def test_are_left_out_of_what_is_shown(self, address: str, shown: str) -> None:
        assert without_user_info(address) == shown

    def test_are_sent_later(self) -> None:
        with collecting() as collector:
            resend(SPANS, collector.url.replace("//", "//me:s%40cret@"))
            assert collector.headers[0]["authorization"] == "Basic bWU6c0BjcmV0"

    def test_are_sent_live(self) -> None:
        with collecting() as collector:
            export = LiveExport(collector.url.replace("//", "//me:s%40cret@"))
            export.on_end(a_span())
            export.close()
            assert (export.lost, collector.headers[0]["authorization"]) == (0, "Basic bWU6c0BjcmV0")

    def test_are_sent_over_grpc(self) -> None:
        with collecting_traces() as collector:
            resend(SPANS, collector.url.replace("//", "//me:s%40cret@"), protocol="grpc")
            assert collector.metadata[0]["authorization"] == "Basic bWU6c0BjcmV0"

    def test_are_in_no_error(self) -> None:
        with pytest.raises(BackendError) as told:
            resend(SPANS, f"http://me:secret@127.0.0.1:{refusing_port()}")
        assert "secret" not in str(told.value)
        with pytest.raises(ConfigurationError) as refused:
            destination("ftp://me:secret@host")
        assert "secret" not in str(refused.value)
