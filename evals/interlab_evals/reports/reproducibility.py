"""Everything that is needed to repeat a run, as a table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

import orjson

from interlab.running.looks import looks
from interlab.running.store import RunDirectory
from interlab_evals.presentation.tables import Column, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from interlab_evals.records import Record


def boxes(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table per run: plan, seeds, versions, dates, models as served, and the hash of its record."""
    for record in records:
        document = document_of(record)
        name = str(document.get("id", "record"))
        yield Table(
            name=f"run-{name}",
            title=f"Run {name}",
            columns=(Column(key="item"), Column(key="value")),
            rows=tuple(Row((item, value)) for item, value in _items(record, document)),
            caption="Plan, seeds, versions and dates",
        )


def document_of(record: Record) -> Mapping[str, Any]:
    """Return the content of ``run.json``; empty for a record without one."""
    return {} if record.path is None else RunDirectory.open(record.path).read()


def part_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object within ``run.json``; an empty one if it is absent."""
    found = document.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def date_of(record: Record) -> str:
    """Return the day on which a run ended, ISO 8601; an empty text if it is unknown."""
    document = document_of(record)
    return str(document.get("ended") or document.get("created") or "")[:10]


def suite_of(record: Record) -> str:
    """Return the name of the suite or scenario that was run."""
    return next((episode.suite for episode in record.episodes), "no episode")


def _items(record: Record, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    plan = part_of(document, "plan")
    if plan:
        yield "suite", str(plan.get("suite"))
        yield "seed", str(plan.get("seed"))
        yield "episodes per condition", str(plan.get("episodes"))
        yield "conditions", str(len(plan.get("conditions", ())))
        yield "attempts, then", f"{plan.get('attempts')}, {plan.get('on_invalid')}"
        yield "hash of the plan", _digest(orjson.dumps(plan, option=orjson.OPT_SORT_KEYS))
    for name, value in sorted(part_of(document, "versions").items()):
        yield name, str(value)
    git = part_of(document, "git")
    if git.get("commit"):
        yield "git commit", f"{git['commit'][:12]}{' with changes' if git.get('dirty') else ''}"
    if document.get("prices"):
        yield "prices", str(document["prices"])
    for name in ("created", "ended"):
        if document.get(name):
            yield name, str(document[name])
    models = sorted({seat.model for episode in record.episodes for seat in episode.seats if seat.model})
    if models:
        yield "models", ", ".join(models)
    texts = sorted({episode.texts or "not recorded" for episode in record.episodes})
    yield "version of the texts", ", ".join(texts)
    if record.path is not None:
        yield "hash of the record", hash_of(record)[1]
        looked = looks(RunDirectory.open(record.path))
        yield "looks at the results", str(len(looked))


def hash_of(record: Record) -> tuple[str, str]:
    """Return the id of a run and the hash of its spans; empty texts where they are unknown."""
    if record.path is None:
        return "", ""
    return str(document_of(record).get("id", "record")), _hash_of(RunDirectory.open(record.path).spans)


def differences(records: Sequence[Record]) -> Iterator[str]:
    """Yield a sentence for each part of the plan in which several runs differ."""
    plans = [part_of(document_of(record), "plan") for record in records]
    names = [str(document_of(record).get("id", f"run {place}")) for place, record in enumerate(records, 1)]
    for key in ("suite", "seed", "episodes", "attempts", "on_invalid"):
        values = [str(plan.get(key)) for plan in plans]
        if len(set(values)) > 1:
            shown = ", ".join(f"{value} in {name}" for name, value in zip(names, values, strict=True))
            yield f"The plans differ in {key.replace('_', ' ')}: {shown}."


def _hash_of(spans: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(spans.iterdir()):
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()[:16]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
