"""OTLP over TLS: the environment names the certificate that is trusted and the one that the client shows.

The certificate of the tests is valid for a hundred years; its key is public, and good for nothing else.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from interlab.errors import BackendError, ConfigurationError
from interlab_exporters import LiveExport, Span, resend
from tests.exporters.collectors import collecting
from tests.exporters.made_spans import a_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.exporters.collectors import Collector

CERTIFICATE = Path(__file__).parent / "tls" / "certificate.pem"
KEY = CERTIFICATE.with_name("key.pem")
SPANS = [Span.from_readable(a_span())]


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that speaks HTTPS, and only with clients that show the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=CERTIFICATE)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.verify_mode = ssl.CERT_REQUIRED
    with collecting(tls=context) as running:
        yield running


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(CERTIFICATE))


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", str(CERTIFICATE))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", str(KEY))


@pytest.mark.usefixtures("trust", "identity")
def test_spans_arrive_live_and_later(collector: Collector) -> None:
    export = LiveExport(collector.url)
    export.on_end(a_span())
    export.close()
    assert (export.sent, export.lost, export.failure) == (1, 0, "")
    assert resend(SPANS, collector.url).spans == 1
    assert len(collector.spans) == 2


@pytest.mark.usefixtures("identity")
def test_a_server_that_is_not_trusted_is_refused(collector: Collector) -> None:
    with pytest.raises(BackendError, match="certificate verify failed"):
        resend(SPANS, collector.url)


@pytest.mark.usefixtures("trust")
def test_a_client_without_a_certificate_gets_no_answer(collector: Collector) -> None:
    with pytest.raises(BackendError):
        resend(SPANS, collector.url)
    assert collector.spans == []


def test_a_file_without_certificates_is_an_error_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file := tmp_path / "empty.pem").write_text("nothing")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(file))
    with pytest.raises(ConfigurationError, match=r"invalid certificates or key in `.*empty\.pem`: expected PEM"):
        LiveExport("https://127.0.0.1:4318")
