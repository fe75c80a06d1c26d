"""What a traced run left on disk, read back from its spans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from interlab.episodes.from_spans import episodes_from_spans
from interlab.schema import names
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from interlab.schema.episode import Episode
    from interlab_exporters import Span


def spans(run: Path) -> list[Span]:
    """Every span of the run's episodes."""
    return [span for span in read_spans(run / "spans") if names.EPISODE_ID in span.attributes]


def episodes(run: Path) -> list[Episode]:
    """Every episode, in the order of its end."""
    return list(episodes_from_spans(read_spans(run / "spans")))


def only_episode(run: Path) -> Episode:
    """The one episode of a run."""
    (episode,) = episodes(run)
    return episode


def only_run(parent: Path) -> Path:
    """The one run beneath a directory."""
    (run,) = (path.parent for path in parent.glob("*/run.json"))
    return run


def document(run: Path) -> dict[str, Any]:
    """What ``run.json`` holds."""
    return json.loads((run / "run.json").read_bytes())


def tree(found: Iterable[Span]) -> list[str]:
    """A trace as lines: a span a line, indented by its depth, in the order of starting."""
    below: dict[str | None, list[Span]] = {}
    for span in sorted(found, key=lambda each: each.start):
        below.setdefault(span.parent_id, []).append(span)

    def lines(parent: str | None, depth: int) -> Iterator[str]:
        for span in below.get(parent, ()):
            yield f"{'  ' * depth}{span.name} [{span.kind} {span.service} {span.status}]"
            yield from lines(span.span_id, depth + 1)

    return list(lines(None, 0))


def assert_whole(found: list[Span]) -> None:
    """Every trace has one root, all of its spans, no stranger, and all parents."""
    traces: dict[str, list[Span]] = {}
    for span in found:
        traces.setdefault(span.trace_id, []).append(span)
    for each in traces.values():
        (root,) = [span for span in each if span.parent_id is None]
        assert root.attributes[names.SPANS] == len(each)
        ids = {span.span_id for span in each}
        assert all(span.parent_id in ids for span in each if span is not root)
        assert all(span.attributes[names.EPISODE_ID] == root.attributes[names.EPISODE_ID] for span in each)


class Score(Protocol):
    """``interlab score``, from the command line."""

    def __call__(self, run: Path) -> str: ...
