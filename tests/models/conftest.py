"""A chat endpoint, and the spans that calls to it leave."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from interlab.models import openai as openai_models
from interlab.models import pacing
from interlab.tracing.recorder import EpisodeHeader, record_episode
from interlab.tracing.telemetry import Telemetry
from tests.models.endpoint import KEY, Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan


class Recorded(Protocol):
    """Records an episode and hands out the spans of its model calls."""

    def __call__(self) -> AbstractContextManager[list[ReadableSpan]]: ...


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, no provider and no home of whoever runs the tests."""
    for variable in ("OPENAI_BASE_URL", "OPENROUTER_API_KEY", "INTERLAB_PROVIDERS", "INTERLAB_CONCURRENCY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Endpoint]:
    """A chat endpoint in the place of OpenAI's and of a vLLM server's."""
    for remembered in ("_schemaless", "_systemless"):
        monkeypatch.setattr(openai_models, remembered, set[tuple[str, str]]())
    monkeypatch.setattr(pacing, "_settled", dict[str, float]())
    async with Endpoint() as endpoint:
        for variable in ("OPENAI_BASE_URL", "OPENROUTER_BASE_URL", "VLLM_BASE_URL"):
            monkeypatch.setenv(variable, endpoint.url)
        yield endpoint


@pytest.fixture
def recorded() -> Recorded:
    """Record an episode; when it is over, the list holds the spans of its model calls."""

    @contextmanager
    def record() -> Generator[list[ReadableSpan]]:
        exporter = InMemorySpanExporter()
        spans: list[ReadableSpan] = []
        header = EpisodeHeader(run="r", suite="s", scenario="x", condition="c", id="e", index=0, seed=1, seats=())
        with record_episode(Telemetry([SimpleSpanProcessor(exporter)]), header):
            yield spans
        spans += [span for span in exporter.get_finished_spans() if span.name.startswith("chat ")]

    return record
