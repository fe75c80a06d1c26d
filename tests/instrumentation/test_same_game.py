"""A game played by InterLab, and the same one told by hand, leave the same record and the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import interlab as il
import interlab_evals as ev
from interlab.schema import names
from tests.instrumentation.recorded import episodes, spans, tree

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.instrumentation import TracedEpisode
    from interlab.schema.episode import Episode, Turn
    from interlab_exporters import Span

PLAYERS = {"alice": "strategy/tit-for-tat", "bob": "strategy/random"}
PARAMETERS = {"rounds": 6, "talk": True}
DIFFER = {names.RUN_ID, names.SUITE, names.ACTORS, names.TEXTS_VERSION}
"""A run's own name; the kind ``external`` of other code; the texts, which other code words itself."""


@pytest.fixture
def played(tmp_path: Path) -> Path:
    """Two episodes, played by InterLab."""
    run = il.run(
        "prisoners-dilemma",
        players=PLAYERS,
        parameters=PARAMETERS,
        episodes=2,
        seed=5,
        out=tmp_path / "ours",
        progress=False,
        execution=il.Execution(concurrency=1),
    )
    return run.path


@pytest.fixture
def told(tmp_path: Path, played: Path) -> Path:
    """The same two, as a loop of somebody else's would tell them."""
    with il.trace.run("by-hand", seed=5, out=tmp_path / "by-hand") as run:
        for original in sorted(episodes(played), key=lambda each: each.index):
            with run.episode(
                "prisoners-dilemma", players=PLAYERS, game="prisoners-dilemma", parameters=PARAMETERS
            ) as episode:
                tell(original, episode)
    return run.path


def tell(original: Episode, episode: TracedEpisode) -> None:
    for each in original.rounds:
        with episode.round() as round_:
            said = [turn for turn in each.turns if turn.purpose == "message"]
            chosen = [turn for turn in each.turns if turn.purpose == "action"]

            def ask(turn: Turn) -> None:
                with round_.turn(
                    turn.role, prompt=turn.prompt, purpose=turn.purpose, observations=turn.observations
                ) as asked:
                    asked.answered(turn.action)

            for turn in said:
                ask(turn)
            for message in each.messages:
                round_.message(message.sender, message.receivers, message.text or "", message.announced_action)
            for turn in chosen:
                ask(turn)
            for role, action in each.actions.items():
                round_.action(role, action)
            round_.payoff(each.payoffs)
    for role, observations in original.told.items():
        episode.told(role, observations)
    episode.outcome({"rounds": len(original.rounds)})


def without_own_names(found: list[Span]) -> list[dict[str, object]]:
    ordered = sorted(found, key=lambda span: span.start)
    return [{key: value for key, value in span.attributes.items() if key not in DIFFER} for span in ordered]


def test_the_span_trees_are_equal(played: Path, told: Path) -> None:
    ours, by_hand = spans(played), spans(told)
    assert tree(by_hand) == tree(ours)
    assert len(ours) > 100
    assert without_own_names(by_hand) == without_own_names(ours), (
        "every attribute of every span, ids and seeds too"
    )


def test_the_metrics_are_equal_number_for_number(played: Path, told: Path) -> None:
    ours, by_hand = (ev.metrics(run).drop(columns=["run", "suite", "trace", "texts"]) for run in (played, told))
    pd.testing.assert_frame_equal(by_hand, ours, check_exact=True)
    assert set(ours["metric"]) >= {"cooperation_rate", "mean_payoff", "invalid_action_rate", "payoff_efficiency"}


def test_what_was_measured_at_the_end_is_what_score_finds(told: Path) -> None:
    measured = [each for episode in episodes(told) for each in episode.measurements]
    scored = ev.metrics(told)
    assert [each.metric for each in measured] == list(scored["metric"])
    assert repr([each.value for each in measured]) == repr(list(scored["value"])), "NaN is NaN"
