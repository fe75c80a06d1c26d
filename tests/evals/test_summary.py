"""What a summary says, and how it is drawn."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from rich.console import Console

import interlab as il
import interlab_evals as ev
from interlab.errors import ParameterError
from interlab_evals.presentation.terminal import TerminalPage
from interlab_evals.records import Record
from interlab_evals.statistics import wilson
from interlab_evals.statistics.clustering import SHARED_CHANCE
from interlab_evals.statistics.rows import DROPPED
from interlab_evals.summary import summarise
from tests.evals.handmade import call, dilemma, negotiation, seats, turn

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.schema.episode import Episode
    from interlab_evals.results import Summary
    from interlab_evals.scenario_results import MetricSummary
    from interlab_evals.statistics.estimates import Estimand
    from interlab_evals.statistics.rows import Invalid

TFT, DEFECTOR = "strategy/tit-for-tat", "strategy/defector"


def play(index: int, alice: str, bob: str, *, a: str = TFT, b: str = DEFECTOR, **fields: Any) -> Episode:
    """A dilemma between two players, one of many."""
    condition = f"{a}-{b}-{fields.get('parameters')}"
    chairs = seats({"alice": a, "bob": b})
    return dilemma(
        alice,
        bob,
        scenario="dilemma",
        condition=condition,
        id=f"{condition}.{index}",
        index=index,
        seed=index,
        seats=chairs,
        **fields,
    )


def summary_of(*episodes: Episode, metrics: tuple[str, ...], superseded: int = 0, **options: Any) -> Summary:
    chosen = {each.condition: metrics for each in episodes}
    return summarise(Record(episodes=episodes, metrics=chosen, superseded=superseded), **options)


def figures(summary: Summary) -> dict[tuple[str, str, bool], MetricSummary]:
    (scenario,) = summary.scenarios
    return {(each.metric, each.player, each.self_play): each for each in scenario.metrics}


def drawn(summary: Summary, width: int = 100, *, every_metric: bool = True) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(TerminalPage(summary.page(every_metric=every_metric)))
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_a_player_is_judged_over_all_its_seats() -> None:
    found = figures(
        summary_of(
            play(0, "CD", "DD"),
            play(1, "DD", "CD", a=DEFECTOR, b=TFT),
            metrics=("cooperation_rate",),
        )
    )
    tft = found["cooperation_rate", TFT, False].estimate
    assert (tft.k, tft.n, tft.n_episodes, tft.n_clusters) == (2, 4, 2, 2)
    assert found["cooperation_rate", DEFECTOR, False].estimate.value == 0


def test_line_ups_that_met_the_same_chance_moves_are_one_draw() -> None:
    episodes = [
        play(index, "CD" if index else "CC", "DD", b=partner)
        for index in range(6)
        for partner in ("strategy/a", "strategy/b")
    ]
    summary = summary_of(*episodes, metrics=("cooperation_rate",))
    found = figures(summary)["cooperation_rate", TFT, False].estimate
    assert (found.n_episodes, found.n_clusters) == (12, 6)
    assert SHARED_CHANCE in found.notes
    assert "Each seed is one observation" in drawn(summary)
    assert figures(summary)["cooperation_rate", "strategy/a", False].estimate.n_clusters == 6
    apart = summary_of(*episodes, metrics=("cooperation_rate",), clusters="episode")
    found = figures(apart)["cooperation_rate", TFT, False].estimate
    assert (found.n_clusters, found.notes) == (12, ())
    assert "Each episode is one observation" in drawn(apart)


def test_episodes_with_an_invalid_answer_may_be_left_out_for_a_second_look() -> None:
    clumsy = play(0, "CD", "DD", turns=(turn("alice", valid=False), turn("bob")))
    games = clumsy, play(1, "CC", "DC"), play(2, "CC", "DD")
    metrics = ("cooperation_rate", "mutual_cooperation")
    kept, dropped = (
        figures(summary_of(*games, metrics=metrics, invalid=each)) for each in ("keep", "drop-episodes")
    )
    found = [
        [each[metric, player, False].estimate.n for metric in metrics for player in (TFT, DEFECTOR)]
        for each in (kept, dropped)
    ]
    assert found == [[6, 6, 6, 6], [4, 6, 4, 4]]  # the other's own moves are kept, the episode's are not
    told = drawn(summary_of(*games, metrics=metrics, invalid="drop-episodes"))
    assert "selects on the outcome" in " ".join(told.split())


def test_self_play_stands_apart_and_counts_an_episode_once() -> None:
    found = figures(
        summary_of(
            play(0, "CC", "DD"),
            play(0, "CC", "CC", b=TFT),
            metrics=("cooperation_rate", "mutual_cooperation"),
        )
    )
    assert found["cooperation_rate", TFT, False].estimate.n == 2
    alone = found["cooperation_rate", TFT, True].estimate
    assert (alone.n, alone.n_clusters) == (4, 1)
    assert found["mutual_cooperation", TFT, True].estimate.n == 2


def test_a_metric_of_the_episode_counts_for_everybody_who_sat_in_it() -> None:
    deals = [
        negotiation([12, 8] if index % 4 else None, id=f"n.{index}", index=index, scenario="price")
        for index in range(8)
    ]
    found = figures(summary_of(*deals, metrics=("agreement_rate",)))
    for player in ("negotiator/a", "negotiator/b"):
        rate = found["agreement_rate", player, False].estimate
        assert (rate.k, rate.n, rate.low, rate.high) == (6, 8, *wilson(6 / 8, 8))


def test_failed_episodes_are_counted_and_in_no_figure() -> None:
    summary = summary_of(
        play(0, "CC", "DD"),
        play(1, "DD", "DD", error="ModelError: gone", end_reason="error"),
        metrics=("cooperation_rate",),
    )
    (scenario,) = summary.scenarios
    assert (scenario.n_completed, scenario.n_failed) == (1, 1)
    assert scenario.end_reasons == {"completed": 1, "error": 1}
    assert figures(summary)["cooperation_rate", TFT, False].estimate.n == 2


def test_invalid_moves_and_calls_are_counted_by_player() -> None:
    turns = (turn("alice", valid=False), turn("alice", calls=(call(), call())), turn("bob"))
    (scenario,) = summary_of(play(0, "CC", "DD", turns=turns), metrics=()).scenarios
    counted = {each.player: (each.n_invalid, each.n_actions, each.n_calls) for each in scenario.players}
    assert counted == {TFT: (1, 2, 2), DEFECTOR: (0, 1, 0)}


def test_each_set_of_parameters_has_a_table_of_its_own() -> None:
    summary = summary_of(
        play(0, "CC", "CC", parameters={"rounds": 2, "noise": 0}),
        play(0, "C", "C", parameters={"rounds": 1, "noise": 0}),
        metrics=("cooperation_rate",),
    )
    assert [each.parameters["rounds"] for each in summary.scenarios] == [2, 1]
    assert "dilemma  rounds=2; 1 episode\n" in drawn(summary)
    assert "dilemma  rounds=1; 1 episode\n" in drawn(summary)


def test_the_level_reaches_the_intervals() -> None:
    episodes = [play(index, "CD", actions) for index, actions in enumerate(["CC", "CD", "DD", "DC"])]
    wide, narrow = (
        figures(summary_of(*episodes, metrics=("cooperation_rate",), level=level))[
            "cooperation_rate", DEFECTOR, False
        ].estimate
        for level in (0.99, 0.5)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_document_is_json_without_nan() -> None:
    summary = summary_of(play(0, "C", "C"), metrics=("memory_one", "usd"))
    document = json.loads(json.dumps(summary.document(), allow_nan=False))
    (scenario,) = document["scenarios"]
    undefined = scenario["metrics"][0]
    assert undefined["metric"] == "memory_one.cc"
    assert undefined["estimate"]["value"] is None
    assert undefined["estimate"]["n_undefined"] == 1
    assert set(undefined) == {"player", "self_play", "metric", "kind", "unit", "direction", "estimate"}


def test_a_table_reads_like_this() -> None:
    text = drawn(
        summary_of(
            play(0, "CC", "CD"),
            play(1, "CD", "DD"),
            play(0, "CC", "CC", b=TFT),
            play(2, "-", "C", error="x", end_reason="error"),
            metrics=("cooperation_rate", "memory_one", "usd"),
        )
    )
    lines = text.splitlines()
    assert lines[0] == "dilemma  4 episodes: 3 completed, 1 error"
    assert lines[1].split() == ["cooperation", "memory", "memory", "memory", "memory"]
    assert lines[2].split() == ["player", "seeds", "plays", "rate", "one.ccᵃ", "one.cdᵇ", "one.dcᵇ", "one.ddᶜ"]
    assert lines[4].split()[:4] == [TFT, "2", "2/2", "0.75"]
    assert "against itself" in text
    assert "Went wrong: 1 episode failed and left out; 3 episodes completed." in text
    assert "Undefined 5 times, and then in no mean." in text
    assert "usd" not in text


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_tables_fit_the_console(width: int) -> None:
    metrics = ("cooperation_rate", "mutual_cooperation", "memory_one", "mean_payoff", "payoff_efficiency")
    text = drawn(summary_of(play(0, "CC", "CD"), play(1, "CD", "DD"), metrics=metrics), width)
    assert max(map(len, text.splitlines())) <= width
    for whole in ("cooperation", "one.dd", "efficiency ↑", TFT, DEFECTOR):
        assert whole in text


def test_costs_are_drawn_where_models_were_called() -> None:
    bill = (turn("alice", calls=(call(usd=0.00123, input_tokens=1500),)),)
    text = drawn(
        summary_of(play(0, "C", "C", turns=bill), play(1, "C", "C", turns=bill), metrics=("usd", "input_tokens"))
    )
    assert "0.0012" in text
    assert "1,500" in text


def test_an_empty_record_says_so() -> None:
    assert "No episode has ended yet" in drawn(summarise(Record(episodes=())))


def test_undefined_figures_are_dashes() -> None:
    found = figures(summary_of(negotiation(None), metrics=("surplus_share",)))
    assert all(math.isnan(each.estimate.value) for each in found.values())
    assert "–" in drawn(summary_of(negotiation(None), metrics=("surplus_share",)))


def test_a_run_s_first_page_shows_five_metrics_at_most() -> None:
    chosen = (
        "cooperation_rate",
        "memory_one",
        "mutual_cooperation",
        "niceness",
        "mean_payoff",
        "payoff_gini",
        "usd",
    )
    episodes = play(0, "CC", "CD"), play(1, "CD", "DD")
    (table,) = summary_of(*episodes, metrics=chosen).page().tables
    assert [each.key for each in table.columns][3:] == [
        name for name in chosen if name not in {"memory_one", "usd"}
    ]
    whole = {each.condition: chosen for each in episodes}
    made_for = {each.condition: ("niceness", "memory_one.cd") for each in episodes}
    (table,) = summarise(Record(episodes=episodes, metrics=whole, confirmatory_of=made_for)).page().tables
    assert [each.key for each in table.columns][3:] == ["niceness", "memory_one.cd"]


def test_what_went_wrong_and_what_it_cost_is_a_line_each() -> None:
    calls = (call(usd=0.5, input_tokens=1000, output_tokens=10), call(finish_reason="length", usd=0.0))
    withheld = (turn("alice", calls=(call(finish_reason="content_filter", usd=0.0),), valid=False),)
    summary = summary_of(
        play(0, "C", "C", turns=(turn("alice", calls=calls),)),
        play(1, "-", "C", turns=withheld, error="x", end_reason="error"),
        metrics=("cooperation_rate",),
    )
    wrong, cost, *_ = summary.page().lines
    assert wrong == (
        "Went wrong: 1 episode failed and left out; 1 answer refused; 1 answer cut off; 1 episode completed."
    )
    assert cost.startswith("Cost: $0.50 for 3 calls with 1,")
    free = summary_of(play(0, "C", "C"), metrics=("cooperation_rate",)).page().lines
    assert (
        free[0] == "Nothing went wrong: 1 episode completed, none failed; no invalid, refused or cut-off answer."
    )
    assert free[1] == "Cost: nothing, as no model was called."


def test_measurements_of_the_record_give_the_same_summary(tmp_path: Path) -> None:
    run = il.run("quickstart", episodes=2, out=tmp_path, progress=False)
    assert repr(summarise(run).document()) == repr(summarise(run, recompute=False).document())


def test_a_summary_is_short_in_a_console_and_a_table_in_a_notebook() -> None:
    summary = summary_of(play(0, "CC", "CD", a="strategy/<b>"), metrics=("cooperation_rate",))
    assert repr(summary) == "Summary(run: 1 episode of dilemma)"
    page = summary._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "<table>" in page
    assert "strategy/&lt;b&gt;" in page


@pytest.mark.parametrize(
    ("estimand", "invalid"), [("fixed", "keep"), ("population", "keep"), ("fixed", "drop-episodes")]
)
def test_a_stream_and_a_frame_give_the_same_estimates_to_the_last_bit(
    estimand: Estimand, invalid: Invalid, mixed_run: il.Run
) -> None:
    frame = ev.metrics(mixed_run)
    checked = 0
    for scenario in summarise(mixed_run, estimand=estimand, invalid=invalid).scenarios:
        parameters = orjson.dumps(dict(scenario.parameters), option=orjson.OPT_SORT_KEYS).decode()
        rows = frame[(frame["scenario"] == scenario.scenario) & (frame["parameters"] == parameters)]
        by_metric: dict[str, list[MetricSummary]] = {}
        for each in scenario.metrics:
            by_metric.setdefault(each.metric, []).append(each)
        for metric, summaries in by_metric.items():
            if any(note.startswith("No interval") for each in summaries for note in each.estimate.notes):
                with pytest.raises(ParameterError):
                    ev.estimate(rows, metric, by="player", estimand=estimand, invalid=invalid)
                continue
            found = ev.estimate(rows, metric, by="player", estimand=estimand, invalid=invalid)
            cells = {(cell.group["player"], cell.self_play): cell.estimate for cell in found}
            for each in summaries:
                other = cells.pop((each.player, each.self_play))
                notes = tuple(note for note in other.notes if DROPPED not in note)
                assert repr(replace(other, notes=notes)) == repr(each.estimate), (metric, each.player)
            assert not cells
            checked += 1
    assert checked > 8


@pytest.fixture(scope="module")
def mixed_run(tmp_path_factory: pytest.TempPathFactory) -> il.Run:
    """Two scenarios: counts, means, times, components, self-play, undefined figures."""
    return il.run("quickstart", episodes=3, out=tmp_path_factory.mktemp("runs"), progress=False)
