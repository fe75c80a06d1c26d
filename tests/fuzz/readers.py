"""Everything that reads what others wrote: a valid example of each, and the call that reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from interlab.errors import InterLabError
from interlab.models.completion import read_completion
from interlab.player_spec import PlayerSpec
from interlab.running.api import run
from interlab.running.looks import looks
from interlab.running.store import RunDirectory
from interlab.running.suites import load_suite
from interlab_evals.judges import rubric_named
from interlab_evals.judges.labels import read_labels
from interlab_evals.records import read
from interlab_evals.summary import summarise
from interlab_exporters import document_parts, read_spans
from interlab_exporters.endpoints import destination
from interlab_exporters.jaeger_query import JaegerQuery
from interlab_exporters.protobuf import encode_span, span_request

if TYPE_CHECKING:
    from collections.abc import Callable

_RUBRICS: Final = Path(__file__).parents[2] / "evals" / "interlab_evals" / "judges" / "rubrics"
_SUITES: Final = Path(__file__).parents[2] / "evals" / "suites"


@dataclass(frozen=True)
class Reader:
    """A reader under test.

    Attributes:
        seed: A valid input.
        read: Reads a file that holds an input; may raise InterLabError and nothing else.
    """

    seed: bytes
    read: Callable[[Path], object]


def _span(**fields: object) -> dict[str, object]:
    attributes = [
        {"key": "interlab.run.id", "value": {"stringValue": "r"}},
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
        {"key": "a", "value": {"arrayValue": {"values": [{"doubleValue": 1.5}, {"boolValue": True}]}}},
        {"key": "m", "value": {"kvlistValue": {"values": [{"key": "b", "value": {"bytesValue": "aGk="}}]}}},
    ]
    return {
        "traceId": "0" * 31 + "1",
        "spanId": "0" * 15 + "1",
        "name": "round 1",
        "kind": 1,
        "startTimeUnixNano": "1700000000000000000",
        "endTimeUnixNano": "1700000001000000000",
        "attributes": attributes,
        "events": [{"name": "e", "timeUnixNano": "1700000000000000001", "attributes": attributes[:1]}],
        "links": [{"traceId": "0" * 31 + "2", "spanId": "0" * 15 + "2", "attributes": []}],
        "status": {"code": 1, "message": "fine"},
        **fields,
    }


def _document(*spans: dict[str, object]) -> dict[str, object]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "alice"}}]}
    scoped = {"scope": {"name": "s"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}


_LINES: Final = b"\n".join(
    json.dumps(_document(_span(parentSpanId=parent, spanId=f"{number:016x}")), separators=(",", ":")).encode()
    for number, parent in enumerate(("", "0" * 15 + "1", "0" * 15 + "1"), 1)
)


def _export(path: Path) -> None:
    spans = list(read_spans(path))
    json.loads(b"".join(document_parts(spans)))
    span_request([encode_span(span) for span in spans])


def _score(path: Path) -> None:
    summarise(read(path), recompute=True).document()


def _run(path: Path) -> None:
    path.rename(path.with_name("run.json"))
    directory = RunDirectory(path.parent)
    directory.read()
    _ = directory.otlp


def _looks(path: Path) -> None:
    path.rename(path.with_name("looks.jsonl"))
    looks(RunDirectory(path.parent))


def _completion(path: Path) -> None:
    read_completion(path.read_bytes(), model="m", retries=0)


def _text(read: Callable[[str], object]) -> Callable[[Path], object]:
    return lambda path: read(path.read_bytes().decode("utf-8", "surrogateescape"))


def _named(name: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    def renamed(path: Path) -> object:
        target = path.with_name(name)
        path.rename(target)
        return read(target)

    return renamed


_ANSWER: Final = {
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "C"}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
}


@cache
def _record() -> bytes:
    """Play a short episode, and return its spans."""
    with TemporaryDirectory() as directory:
        players = ["strategy/tit-for-tat", "strategy/random"]
        played = run(
            "prisoners-dilemma",
            players=players,
            parameters={"rounds": 2, "talk": True},
            out=directory,
            progress=False,
        )
        (shard,) = (played.path / "spans").iterdir()
        return shard.read_bytes()


READERS: Final[dict[str, Reader]] = {
    "labels": Reader(
        b'episode,role,answer\nc.0,alice,kept\n"c.1",bob,none\n',
        _named("labels.csv", lambda path: read_labels(path, rubric_named("promise"))),
    ),
    "rubrics": Reader(
        (_RUBRICS / "promise.toml").read_bytes(), _named("r.toml", lambda path: rubric_named(str(path)))
    ),
    "suites": Reader(
        (_SUITES / "communication.toml").read_bytes(), _named("s.toml", lambda path: load_suite(str(path)))
    ),
    "span files": Reader(_LINES, _named("0.jsonl", lambda path: list(read_spans(path)))),
    "documents": Reader(
        json.dumps(_document(_span()), indent=2).encode(), _named("d.json", lambda path: list(read_spans(path)))
    ),
    "export": Reader(json.dumps(_document(_span(), _span())).encode(), _named("e.json", _export)),
    "score": Reader(_record(), _named("s.jsonl", _score)),
    "run.json": Reader(b'{"format":1,"id":"r","status":"completed","plan":{"episodes":1},"otlp":null}', _run),
    "looks": Reader(b'{"at":"2026-11-22T14:30:05+00:00","command":"score","episodes":4}\n' * 3, _looks),
    "answers of models": Reader(json.dumps(_ANSWER).encode(), _completion),
    "players": Reader(
        b"openai/gpt-5-mini?temperature=0.7&max_tokens=200", _text(lambda text: str(PlayerSpec.parse(text)))
    ),
    "endpoints": Reader(b"https://me:secret@collector.example:4318/v1/traces?tenant=a", _text(destination)),
    "Jaeger addresses": Reader(b"jaeger://host:16686?run=r&start=2026-11-22T14:30:00", _text(JaegerQuery.parse)),
}


def fails(reader: Reader, content: bytes, directory: Path) -> str | None:
    """Let a reader read an input; return the error that it should not raise."""
    path = directory / "input"
    path.write_bytes(content)
    try:
        reader.read(path)
    except InterLabError as error:
        return None if "\n" not in str(error) else f"a message of several lines: {error}"
    except Exception as error:  # noqa: BLE001  the very thing that is looked for
        return f"{type(error).__name__}: {error}"
    return None
