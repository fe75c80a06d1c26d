"""The searches that docs/jaeger.md recommends: each finds what it is meant to in Jaeger itself, on both stores."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import httpx2
import orjson
import pytest

from interlab.errors import ModelError
from interlab.testing import record
from interlab.tracing.recorder import LONG_TRACE_SPANS, record_call, record_round, record_turn
from interlab_exporters import read_spans, resend
from tests.daemons import ROOT, Jaeger, Storage
from tests.system.command_line import succeed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from interlab_exporters import Span

pytestmark = pytest.mark.jaeger

ROW: Final = re.compile(r"^\| (?P<what>[^|]+) \| `(?P<service>\w+)` \| `(?P<tags>[^`]+)` \|$", re.MULTILINE)
SEARCHES: Final = [found.groups() for found in ROW.finditer((ROOT / "docs/jaeger.md").read_text())]
GAMES: Final = (
    (
        "prisoners-dilemma",
        "--player",
        "strategy/tit-for-tat",
        "--player",
        "strategy/cooperator",
        "-p",
        "talk=true",
    ),
    ("prisoners-dilemma", "--player", "strategy/random", "--player", "strategy/defector"),
    ("price-negotiation", "--player", "negotiator/conceder", "--player", "negotiator/conceder"),
)


def failing_buyer() -> list[Span]:
    """A buyer whose model is unreachable at first, and then says something invalid."""
    with record() as recording, record_turn("buyer", "local/smollm2", purpose="action", prompt="?") as turn:
        with (
            suppress(ModelError),
            record_call(provider="local", model="smollm2", messages=[("user", "?")], parameters={}),
        ):
            raise ModelError("no answer")
        turn.answered(None, valid=False, attempts=3, handling="forfeit")
    return recording.spans


def long_game() -> list[Span]:
    with record() as recording:
        for number in range(1, LONG_TRACE_SPANS + 1):
            with record_round(number):
                pass
    return recording.spans


def now(spans: list[Span], trace_id: str) -> list[Span]:
    """The same as if it happened now, in a trace of its own; a test's clock begins at zero."""
    start = time.time_ns()
    return [
        span._replace(trace_id=trace_id, start=start + number, end=start + number + 1)
        for number, span in enumerate(spans)
    ]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    for game in GAMES:
        succeed("run", *game, "-n", "2", "--out", out, "--quiet")
    return out


@pytest.fixture(scope="module", params=["memory", "persistent"])
def filled(
    request: pytest.FixtureRequest, runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jaeger]:
    """A Jaeger with three runs in it, and what happens with models."""
    storage: Storage = request.param
    own = Jaeger(tmp_path_factory.mktemp("filled"), storage)
    try:
        own.start()
        for run in runs.iterdir():
            resend(run / "spans", own.otlp)
        resend(now(failing_buyer(), "a" * 32), own.otlp)
        resend(now(long_game(), "b" * 32), own.otlp)
        yield own
    finally:
        own.stop()


def found(jaeger: Jaeger, service: str, tags: dict[str, str]) -> set[str]:
    """Search as the pages do: for summaries since Jaeger 2.19, for traces before; give the traces' ids."""
    end = time.time_ns() // 1_000 + 60_000_000
    old = {
        "service": service,
        "tags": orjson.dumps(tags).decode(),
        "start": str(end - 3_600_000_000),
        "end": str(end),
        "limit": "1000",
    }
    answer = httpx2.get(f"{jaeger.query}/api/traces", params=old)
    if answer.headers["Content-Type"].startswith("application/json"):
        traces: list[dict[str, Any]] = orjson.loads(answer.content)["data"]
        return {trace["traceID"] for trace in traces}
    new = {
        "query.serviceName": service,
        "query.attributes": orjson.dumps(tags).decode(),
        "query.startTimeMin": "2000-01-01T00:00:00Z",
        "query.startTimeMax": "2100-01-01T00:00:00Z",
        "query.searchDepth": "1000",
    }
    answer = httpx2.get(f"{jaeger.query}/api/v3/trace-summaries", params=new)
    return {summary["traceId"] for summary in orjson.loads(answer.content)["summaries"]}


def test_the_page_has_searches() -> None:
    assert len(SEARCHES) > 8


@pytest.mark.parametrize(("what", "service", "tags"), SEARCHES)
def test_each_finds_just_what_it_says(filled: Jaeger, runs: Path, what: str, service: str, tags: str) -> None:
    run = min(runs.iterdir())
    wanted = dict(tag.split("=", 1) for tag in tags.replace("RUN", run.name).split())
    spans = [
        *(span for each in runs.iterdir() for span in read_spans(each / "spans")),
        *now(failing_buyer(), "a" * 32),
        *now(long_game(), "b" * 32),
    ]
    expected = {
        span.trace_id
        for span in spans
        if span.resource["service.name"] == service
        and all(tag_text(span.attributes.get(key)) == value for key, value in wanted.items())
    }
    assert 0 < len(expected) < len({span.trace_id for span in spans}), what
    assert found(filled, service, wanted) == expected


def tag_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
