"""Tables of how players play repeated games of two: shares of strategies, and memory-one fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from interlab_evals.analyses.choices import choices_of
from interlab_evals.analyses.frequencies import sfem
from interlab_evals.frames import metrics
from interlab_evals.measures.histories import perspectives
from interlab_evals.presentation.tables import Column, Estimated, Note, Row, Table
from interlab_evals.statistics.estimation import estimate
from interlab_evals.statistics.rows import rows_of
from interlab_evals.statistics.strata import strata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from interlab_evals.analyses.frequencies import StrategyFrequencies
    from interlab_evals.records import Record

SAMPLES: Final = 100
"""Bootstrap samples behind the standard errors of shares."""
POPULATION: Final = 20
"""Number of players from which on each of them is one subject."""
_FEWEST_SUBJECTS: Final = 2
_STATES: Final = ("cc", "cd", "dc", "dd")
_NORMAL: Final = 1.959964


def strategies(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table of strategy shares for each scenario in which two players choose to cooperate or not.

    A subject is a player where there are 20 or more, else a player in a condition.
    """
    choices = pd.concat([choices_of(each) for each in records], ignore_index=True)
    if choices.empty:
        return
    labels = _labels(records)
    subjects = choices["subject"].str.rpartition(" in ")
    for label, chosen in choices.groupby(subjects[2].map(labels), sort=False):
        players = subjects.loc[chosen.index, 0]
        if players.nunique() >= POPULATION:
            chosen = chosen.assign(subject=players)
        if chosen["subject"].nunique() >= _FEWEST_SUBJECTS:
            yield _shares(str(label), sfem(chosen, bootstrap=SAMPLES))


def _labels(records: Sequence[Record]) -> Mapping[str, str]:
    """Return condition -> its scenario with the parameters that set it apart."""
    import orjson

    rows = [
        {
            "run": episode.run,
            "episode": episode.id,
            "value": 0.0,
            "scenario": episode.scenario,
            "parameters": orjson.dumps(dict(episode.parameters), option=orjson.OPT_SORT_KEYS).decode(),
            "condition": episode.condition,
        }
        for record in records
        for episode in {each.condition: each for each in record.episodes}.values()
    ]
    every = rows_of(pd.DataFrame(rows), "condition", kind="unbounded mean")
    return {
        str(condition): stratum.label
        for stratum in strata(every, "player")
        for condition in stratum.rows.frame["condition"]
    }


def _shares(label: str, found: StrategyFrequencies) -> Table:
    def cell(value: float, error: float) -> Estimated:
        reach = _NORMAL * error
        return Estimated(
            value=value, low=max(value - reach, 0.0), high=min(value + reach, 1.0), n=found.n_subjects
        )

    rows = [
        Row((name, cell(float(found.shares[name]), float(found.standard_errors[name]))))
        for name in found.strategies
    ]
    rows.append(Row(("tremble", cell(found.tremble, found.tremble_error)), "probability of another choice"))
    return Table(
        name=f"strategies-{label}",
        title=f"{label}: shares of strategies",
        caption=f"{found.n_subjects} subjects, {found.n_choices:,} choices",
        columns=(Column(key="strategy"), Column(key="share", kind="estimate", decimals=3)),
        rows=tuple(rows),
        notes=tuple(Note(text) for text in found.notes),
    )


def fingerprints(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table of the chances to cooperate after each outcome of a round, a row per player."""
    dilemmas = [record for record in records if any(perspectives(each) for each in record.episodes)]
    if not dilemmas:
        return
    frame = pd.concat([metrics(each.judged_by(["memory_one"])) for each in dilemmas], ignore_index=True)
    frame = frame[frame["value"].notna()]
    for scenario, chosen in frame.groupby("scenario", sort=False):
        if table := _fingerprint(str(scenario), chosen):
            yield table


def _fingerprint(scenario: str, frame: pd.DataFrame) -> Table | None:
    cells: dict[str, dict[str, Estimated]] = {}
    present = {str(each) for each in frame["metric"].unique()}
    for state in _STATES:
        if f"memory_one.{state}" not in present:
            continue
        for found in estimate(frame, f"memory_one.{state}", by="player"):
            if not found.self_play:
                cells.setdefault(found.group["player"], {})[state] = found.estimate.cell
    if not cells:
        return None
    return Table(
        name=f"memory-one-{scenario}",
        title=f"{scenario}: memory-one fingerprint",
        caption="Chance to cooperate after a round in which the player and its opponent did so (c) or not (d)",
        columns=(
            Column(key="player"),
            *(Column(key=each, label=f"after {each}", kind="estimate") for each in _STATES),
        ),
        rows=tuple(Row((player, *(own.get(state) for state in _STATES))) for player, own in cells.items()),
    )
