"""The methods paragraphs of a report, written from the runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from interlab.environments import scenario as find_scenario
from interlab.errors import UnknownNameError
from interlab.running.plan import RecordedPlan
from interlab.running.preregistration import FILE, digest
from interlab_evals.measures.lookup import metric_named
from interlab_evals.presentation.wording import counted
from interlab_evals.records import is_failed
from interlab_evals.reports.bibliography import citation
from interlab_evals.reports.reproducibility import document_of, hash_of, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.schema.episode import Episode, Json
    from interlab_evals.records import Record


def methods_paragraphs(records: Sequence[Record]) -> Iterator[str]:
    """Yield the paragraphs: scenarios and players, episodes and exclusions, metrics, versions."""
    episodes = [episode for record in records for episode in record.episodes]
    by_scenario: dict[str, list[Episode]] = {}
    for episode in episodes:
        by_scenario.setdefault(episode.scenario, []).append(episode)
    for name, played in by_scenario.items():
        yield _scenario(name, played)
    yield _exclusions(episodes)
    yield _metrics(records)
    yield _versions(records)
    for record in records:
        if record.path is not None and (record.path / FILE).is_file():
            planned = digest(RecordedPlan.model_validate(part_of(document_of(record), "plan")))
            yield (
                "The plan was written down before the run; confirmatory contrasts are those planned, all others "
                f"are exploratory. Its SHA-256 is {planned}."
            )
    if named := hashes(records):
        yield named


def _scenario(name: str, played: Sequence[Episode]) -> str:
    players = sorted({seat.player for episode in played for seat in episode.seats})
    seeds = len({episode.seed for episode in played})
    conditions = len({episode.condition for episode in played})
    parts = [
        f"{counted(len(played), 'episode')} of `{name}` were played in {counted(conditions, 'condition')} with "
        f"{counted(seeds, 'seed')}, by {', '.join(players)}."
    ]
    try:
        found = find_scenario(name)
    except UnknownNameError:
        return parts[0]
    defaults = found.parameters.model_dump(mode="json")
    changed = _changed(defaults, played)
    parts.append(f"{found.summary.rstrip('.')} {citation(found.source)}".rstrip() + ".")
    if changed:
        parts.append(f"Parameters that differ from the defaults: {'; '.join(changed)}.")
    return " ".join(parts)


def _changed(defaults: dict[str, Json], played: Sequence[Episode]) -> list[str]:
    found: dict[str, list[str]] = {}
    for episode in played:
        for key, value in episode.parameters.items():
            if defaults.get(key) != value and str(value) not in found.setdefault(key, []):
                found[key].append(str(value))
    return [f"{key} = {' or '.join(values)}" for key, values in found.items() if values]


def _exclusions(episodes: Sequence[Episode]) -> str:
    failed = [episode for episode in episodes if is_failed(episode)]
    if not failed:
        return "No episode was excluded."
    reasons = Counter(episode.error or episode.end_reason for episode in failed)
    named = "; ".join(f"{reason} ({n})" for reason, n in reasons.most_common(5))
    return f"{counted(len(failed), 'episode')} failed and were excluded: {named}."


def _metrics(records: Sequence[Record]) -> str:
    names = list(dict.fromkeys(name for record in records for each in record.metrics.values() for name in each))
    confirmatory = list(dict.fromkeys(name for record in records for name in record.confirmatory))
    described = [_described(name) for name in (confirmatory or names[:5])]
    kind = "The confirmatory metrics, declared before the run, are" if confirmatory else "The first metrics are"
    return f"{kind} {'; '.join(described)}." if described else "The run declares no metrics."


def _described(name: str) -> str:
    metric = metric_named(name.partition(".")[0])
    summary = str(getattr(metric, "summary", "")).rstrip(".")
    own = f"{name.replace('_', ' ')} ({summary[:1].lower()}{summary[1:]})"
    return f"{own} {citation(str(getattr(metric, 'source', '')))}".rstrip()


def _versions(records: Sequence[Record]) -> str:
    versions = {
        str(part_of(document_of(record), "versions").get("interlab-otel", "an unknown version"))
        for record in records
    }
    return (
        f"Episodes were played and recorded as OpenTelemetry spans by InterLab {', '.join(sorted(versions))}, and "
        "all figures were computed from the spans. Intervals and tests are those of the tables' notes."
    )


def hashes(records: Sequence[Record]) -> str:
    """Return the paragraph that names the inputs by the hash of their spans."""
    named = [f"{name} ({digest})" for name, digest in map(hash_of, records) if digest]
    return f"Inputs, with the first 16 digits of the SHA-256 of their spans: {', '.join(named)}." if named else ""
