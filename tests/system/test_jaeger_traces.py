"""Traces that are large, and traces that must survive: in a real Jaeger, run with the shipped files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson
import pytest

from interlab.episodes.from_spans import episodes_from_spans
from interlab.schema import names
from interlab.tracing.recorder import EpisodeHeader, Usage, record_call, record_episode, record_round, record_turn
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor, LiveExport, read_spans, resend
from tests.system.command_line import document_of, run_command, succeed
from tests.system.jaeger_reading import RecordedRun, Traces, spans_of, traces_in

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.schema.episode import Episode
    from interlab_exporters import Span
    from tests.daemons import Jaeger

pytestmark = pytest.mark.jaeger

MANY: Final = 5_000
PROMPT: Final = "Négocie. " * 50_000
"""500 kB of UTF-8."""


class Stores(NamedTuple):
    """A Jaeger on each of the two shipped stores."""

    memory: Jaeger
    badger: Jaeger


@pytest.fixture
def stores(jaeger: Jaeger, persistent_jaeger: Jaeger) -> Stores:
    return Stores(jaeger, persistent_jaeger)


@pytest.fixture(scope="module")
def long_run(jaeger: Jaeger, tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """An episode of more than 5,000 spans, sent live."""
    out = tmp_path_factory.mktemp("long")
    ended = run_command(
        *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
        *("-n", "1", "-p", f"rounds={MANY // 9 + 1}", "-p", "talk=true"),
        *("--otlp", jaeger.otlp, "--out", out, "--json"),
    )
    assert ended.returncode == 0
    assert ended.stderr == (
        "1 episode has more than 2,000 spans, which Jaeger's pages show slowly "
        "(search for interlab.trace.long=true); fewer rounds an episode make them shorter\n"
    )
    (path,) = out.iterdir()
    return RecordedRun(path, document_of(ended))


def long_episode(run: RecordedRun) -> tuple[str, dict[str, Span]]:
    return max(run.traces.items(), key=lambda item: len(item[1]))


def episodes_in(traces: Traces) -> list[Episode]:
    """Badger keeps a list of texts as JSON, so spans are not the same there; what they tell has to be."""
    return list(episodes_from_spans(span for spans in traces.values() for span in spans.values()))


class TestAVeryLongTrace:
    def test_it_says_so_itself(self, long_run: RecordedRun) -> None:
        _, spans = long_episode(long_run)
        (root,) = (span for span in spans.values() if span.parent_id is None)
        assert len(spans) > MANY
        assert root.attributes[names.SPANS] == len(spans)
        assert root.attributes[names.LONG_TRACE] is True

    def test_it_is_whole_in_memory(self, jaeger: Jaeger, long_run: RecordedRun) -> None:
        trace_id, spans = long_episode(long_run)
        assert {span["spanId"] for span in spans_of(jaeger, trace_id)} == set(spans)
        assert traces_in(jaeger, long_run.id) == long_run.traces

    def test_it_is_whole_on_disk_and_still_there_after_a_restart(
        self, persistent_jaeger: Jaeger, long_run: RecordedRun
    ) -> None:
        succeed("export", long_run.path, "--to", "otlp", "--endpoint", persistent_jaeger.otlp)
        trace_id, spans = long_episode(long_run)
        for restarts in (False, True):
            if restarts:
                persistent_jaeger.stop()
                persistent_jaeger.start()
            assert {span["spanId"] for span in spans_of(persistent_jaeger, trace_id)} == set(spans)
            (kept,) = episodes_in(traces_in(persistent_jaeger, long_run.id))
            assert kept == episodes_in(long_run.traces)[0]
            assert kept.rounds[0].messages[0].receivers == ("bob",)


def record_long_prompt(run: str, file: Path, *endpoints: str) -> None:
    """Record an episode of one call with a very long prompt, in a file and live."""
    header = EpisodeHeader(
        run=run, suite="s", scenario="x", condition="c", id="c.0", index=0, seed=1, seats=(), parameters={}
    )
    telemetry = Telemetry([JsonlSpanProcessor(file), *(LiveExport(endpoint) for endpoint in endpoints)])
    messages = [("system", "Be brief."), ("user", PROMPT)]
    with (
        record_episode(telemetry, header),
        record_round(1),
        record_turn("alice", "p", purpose="action", prompt=PROMPT) as turn,
    ):
        with record_call(provider="openai", model="m", messages=messages, parameters={}) as call:
            call.answered(text="C", usage=Usage(input_tokens=100_000, output_tokens=1), usd=0.1)
        turn.answered("C")
    telemetry.close()


class TestAVeryLongPrompt:
    def test_every_span_arrives_with_what_was_cut_marked(self, stores: Stores, tmp_path: Path) -> None:
        file = tmp_path / "spans.jsonl"
        record_long_prompt("prompt", file, *(store.otlp for store in stores))
        self.check(stores, file)

    def test_so_it_does_when_sent_again(self, stores: Stores, tmp_path: Path) -> None:
        file = tmp_path / "spans.jsonl"
        record_long_prompt("prompt-again", file)
        for store in stores:
            resend(file, store.otlp)
        self.check(stores, file)

    def check(self, stores: Stores, file: Path) -> None:
        recorded = {span.span_id: span for span in read_spans(file)}
        (run_id,) = {str(span.attributes[names.RUN_ID]) for span in recorded.values()}
        for store in stores:
            (arrived,) = traces_in(store, run_id).values()
            assert set(arrived) == set(recorded)
            cut = {
                (arrived[key].name, name)
                for key, span in recorded.items()
                for name, value in span.attributes.items()
                if arrived[key].attributes[name] != value
            }
            assert cut == {("invoke_agent alice", names.PROMPT), ("chat m", names.INPUT_MESSAGES)}
            for span in arrived.values():
                for name in {names.PROMPT, names.INPUT_MESSAGES} & set(span.attributes):
                    text = str(span.attributes[name])
                    assert len(text.encode()) <= 32 * 1024
                    assert re.search(r"… \[cut: 5\d{5} bytes in all\]", text)


class TestWhatTheGenAITabReads:
    """The shapes that ``GenAITab/genAiData.ts`` of Jaeger's UI parses."""

    def test_messages_usage_model_and_provider(self, jaeger: Jaeger, tmp_path: Path) -> None:
        record_long_prompt("tab", tmp_path / "spans.jsonl", jaeger.otlp)
        ((trace_id, _),) = traces_in(jaeger, "tab").items()
        (chat,) = (span for span in spans_of(jaeger, trace_id) if span["name"] == "chat m")
        values = {each["key"]: each["value"] for each in chat["attributes"]}
        assert values["gen_ai.provider.name"] == {"stringValue": "openai"}
        assert values["gen_ai.request.model"] == {"stringValue": "m"}
        assert values["gen_ai.usage.input_tokens"] == {"intValue": "100000"}
        assert values["gen_ai.usage.output_tokens"] == {"intValue": "1"}
        (answer,) = orjson.loads(values["gen_ai.output.messages"]["stringValue"])
        assert (answer["role"], answer["parts"]) == ("assistant", [{"type": "text", "content": "C"}])

    def test_a_conversation_that_was_cut_is_still_one(self, jaeger: Jaeger, tmp_path: Path) -> None:
        record_long_prompt("cut-tab", tmp_path / "spans.jsonl", jaeger.otlp)
        (spans,) = traces_in(jaeger, "cut-tab").values()
        (chat,) = (span for span in spans.values() if span.name == "chat m")
        system, user = orjson.loads(str(chat.attributes[names.INPUT_MESSAGES]))
        assert system == {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]}
        assert user["role"] == "user"
        assert user["parts"][0]["content"].startswith("Négocie. Négocie. ")
        (episode,) = episodes_from_spans(spans.values())
        (call,) = episode.rounds[0].turns[0].calls
        assert call.input_messages == [system, user]
