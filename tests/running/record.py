"""What a run left on disk, read back from its spans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from interlab.episodes.from_spans import episodes_from_spans, final_attempts
from interlab.schema import names
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from interlab.schema.episode import Episode, Json

Actions = list[dict[str, "Json"]]


def attempts(run: Path) -> list[Episode]:
    """Every attempt at every episode, in the order of its end."""
    return list(episodes_from_spans(read_spans(run / "spans")))


def episodes(run: Path) -> dict[str, Episode]:
    """Episode id -> the attempt that counts."""
    return {episode.id: episode for episode in final_attempts(attempts(run))}


def actions(run: Path) -> dict[str, Actions]:
    """Episode id -> what everybody did, round by round."""
    return {name: [dict(each.actions) for each in episode.rounds] for name, episode in episodes(run).items()}


def roots(run: Path) -> dict[str, list[tuple[str, str]]]:
    """Episode id -> (trace id, status) of each of its roots."""
    found: dict[str, list[tuple[str, str]]] = {}
    for span in read_spans(run / "spans"):
        if names.SCHEMA_VERSION in span.attributes:
            found.setdefault(str(span.attributes[names.EPISODE_ID]), []).append((span.trace_id, span.status))
    return found


def document(run: Path) -> Mapping[str, Any]:
    """What ``run.json`` holds."""
    return json.loads((run / "run.json").read_bytes())


def only_run(parent: Path) -> Path:
    """The one run beneath a directory."""
    (run,) = (path.parent for path in parent.glob("*/run.json"))
    return run
