"""What takes a whole sample: lines, thresholds, arms, costs, determinism, opponent models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from games import ultimatum
from handmade import dilemma, episode, negotiation
from scipy import stats
from stored import store

import interlab as il
import interlab_evals as ev
from interlab.errors import ParameterError
from interlab.tracing.episodes import Round

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.tracing.episodes import Episode, Json


def record(*episodes: Episode, metrics: list[str]) -> pd.DataFrame:
    """The frame of measurements of these episodes."""
    conditions = {each.condition: metrics for each in episodes}
    return ev.metrics(ev.Record(episodes=tuple(episodes), metrics=conditions))


def paid(index: int, own: float, other: float, opponent: str) -> Episode:
    """A game of one round between x and an opponent, with these payoffs."""
    return episode(
        index=index,
        players={"alice": "x", "bob": opponent},
        rounds=(Round(number=1, payoffs={"alice": own, "bob": other}),),
    )


def test_an_extortioners_payoffs_lie_on_its_line() -> None:
    chi, punishment = 3.0, 1.0
    others = [1.0, 1.2, 1.5, 1.8]
    games = [
        paid(number, punishment + chi * (other - punishment), other, f"y{number}")
        for number, other in enumerate(others)
    ]
    slopes = ev.payoff_slope(record(*games, metrics=["mean_payoff"]))
    (found,) = slopes[slopes["player"] == "x"].to_dict("records")
    assert found["slope"] == pytest.approx(chi)
    assert found["kappa"] == pytest.approx(punishment)
    assert found["n_opponents"] == 4


def test_two_opponents_give_no_slope() -> None:
    games = [paid(0, 3, 1, "y"), paid(1, 2, 2, "z")]
    slopes = ev.payoff_slope(record(*games, metrics=["mean_payoff"]))
    assert slopes["slope"].isna().all()
    with pytest.raises(ParameterError, match="no completed row of `mean_payoff`"):
        ev.payoff_slope(record(*games, metrics=["score_difference"]))


def haggle(index: int, anchor: float, price: float | None) -> Episode:
    """A negotiation between a cost of 100 and a value of 200, opened by the seller."""
    moves: list[Json] = [{"by": "seller", "action": "offer", "outcome": [anchor], "valid": True}]
    game: dict[str, Json] = {"reserves": {"buyer": 200, "seller": 100}}
    outcome: dict[str, Json] = {"agreement": price is not None, "price": price}
    rounds = (Round(number=1, facts={"moves": moves}),)
    return negotiation(None, index=index, game=game, outcome=outcome, rounds=rounds)


def test_anchors_pull_prices() -> None:
    random = np.random.default_rng(1)
    anchors = random.uniform(150, 250, 40)
    games = [haggle(n, anchor, 100 + 0.4 * (anchor - 100)) for n, anchor in enumerate(anchors)]
    games.append(haggle(40, 260, None))
    openings = ev.opening_offers_of(ev.Record(episodes=tuple(games)))
    found = ev.anchoring(openings)
    assert found.line.slope == pytest.approx(0.4)
    assert found.line.n == 40
    assert found.agreements["n"].sum() == 41
    assert found.agreements["agreed"].tolist()[-1] == found.agreements["n"].tolist()[-1] - 1
    assert set(openings["side"]) == {"seller"}


def test_lines_are_those_of_scipy() -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=30)
    y = 2 * x + random.normal(size=30)
    openings = pd.DataFrame({"anchor": x, "price": y, "agreed": True})
    found, expected = ev.anchoring(openings).line, stats.linregress(x, y)
    reach = expected.stderr * stats.t.ppf(0.975, 28)
    assert (found.slope, found.intercept) == pytest.approx((expected.slope, expected.intercept))
    assert (found.low, found.high) == pytest.approx((expected.slope - reach, expected.slope + reach))


def answers(*offers: tuple[float, bool]) -> pd.DataFrame:
    games = [ultimatum(each, index=number) for number, each in enumerate(offers)]
    return ev.answered_offers_of(ev.Record(episodes=tuple(games)))


def test_acceptance_is_told_by_offer() -> None:
    found = ev.acceptance_by_offer(answers((0, False), (1, False), (1, True), (4, True), (10, True)))
    assert found[["to", "k", "n"]].to_numpy().tolist() == [[0.1, 1, 3], [0.4, 1, 1], [1.0, 1, 1]]


def test_a_clean_cut_is_a_threshold_without_a_regression() -> None:
    found = ev.minimum_acceptable_offer(answers((1, False), (2, False), (3, True), (5, True)))
    assert (found.value, found.low, found.high, found.slope) == (0.25, 0.2, 0.3, math.inf)
    assert math.isnan(ev.minimum_acceptable_offer(answers((1, True), (5, True))).value)


def test_the_threshold_of_a_noisy_responder_is_found() -> None:
    random = np.random.default_rng(3)
    offers = random.uniform(0, 5, 600)
    accepts = random.random(600) < 1 / (1 + np.exp(-3 * (offers - 2)))
    frame = pd.DataFrame({"run": "r", "episode": range(600), "offer": offers / 10, "accepted": accepts})
    found = ev.minimum_acceptable_offer(frame)
    assert found.value == pytest.approx(0.2, abs=0.02)
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.05
    assert found.slope == pytest.approx(30, rel=0.25)
    falling = ev.minimum_acceptable_offer(frame.assign(accepted=~accepts))
    assert math.isnan(falling.value)


def arm(index: int, talk: bool, moves: str, other: str = "", **fields: Any) -> Episode:
    rounds = fields.pop("rounds", 2)
    name = f"{talk}-{rounds}"
    stated = {"parameters": {"talk": talk, "rounds": rounds}, "condition": name, "id": f"{name}.{index}"}
    return dilemma(moves, other or moves, index=index, **({"seed": index} | stated | fields))


def test_messages_have_the_effect_of_their_pairs() -> None:
    games = [arm(0, True, "CC"), arm(0, False, "CD"), arm(1, True, "CC"), arm(1, False, "DD"), arm(2, True, "CC")]
    found = ev.message_effect(record(*games, metrics=["cooperation_rate"]), "cooperation_rate")
    assert found.difference == pytest.approx(0.75)
    assert (found.n_pairs, found.n_clusters, found.a.n_left_out) == (4, 2, 2)
    assert found.paired_on == ("scenario", "parameters", "seed", "lineup", "player", "opponents", "role")


def test_the_effect_of_messages_is_what_compare_says() -> None:
    moves = ["CC", "CD", "DD", "CC", "DC"]
    games = [arm(n, talk, moves[(n + talk) % 5], moves[n]) for n in range(5) for talk in (True, False)]
    frame = record(*games, metrics=["cooperation_rate"])
    compared = ev.compare(frame, "cooperation_rate", "true", "false", by="parameters.talk").only
    found = ev.message_effect(frame, "cooperation_rate")
    assert (found, found.design) == (compared, "paired")


def test_counts_are_pooled_and_not_averaged() -> None:
    games = [arm(0, True, "CCC"), arm(1, True, "D"), arm(0, False, "DDD"), arm(1, False, "D")]
    found = ev.message_effect(record(*games, metrics=["cooperation_rate"]), "cooperation_rate")
    assert found.difference == pytest.approx(3 / 4)


def test_episodes_pair_by_seed_and_by_the_other_parameters() -> None:
    games = [arm(n, talk, "CC" if talk else "DD") for n in range(3) for talk in (True, False)]
    shifted = [arm(n, talk, "CC", seed=n + 10 * talk) for n in range(3) for talk in (True, False)]
    longer = [arm(n, talk, "CCC", rounds=3) for n in range(3) for talk in (True, False)]
    metrics = ["cooperation_rate"]
    found = ev.message_effect(record(*games, *longer, metrics=metrics), "cooperation_rate")
    assert (found.n_pairs, found.n_clusters) == (12, 3)
    with pytest.raises(ParameterError, match="share scenario, other parameters, seed and players"):
        ev.message_effect(record(*shifted, metrics=metrics), "cooperation_rate")


def test_arms_of_one_suite_share_their_seeds(tmp_path: Path) -> None:
    entry = (
        '[[scenarios]]\nscenario = "prisoners-dilemma"\nplayers = ["strategy/random", "strategy/tit-for-tat"]\n'
    )
    arms = [f"{entry}parameters = {{ rounds = 4, talk = {talk} }}\n" for talk in ("true", "false")]
    (tmp_path / "talk.toml").write_text('name = "talk"\n' + "".join(arms))
    run = il.run(str(tmp_path / "talk.toml"), episodes=6, seed=3, out=tmp_path, progress=False)
    found = ev.message_effect(ev.metrics(run), "cooperation_rate")
    assert (found.design, found.n_clusters) == ("paired", 6)


def test_one_arm_is_no_comparison() -> None:
    frame = record(arm(0, True, "CC"), metrics=["cooperation_rate"])
    with pytest.raises(ParameterError, match="`false`"):
        ev.message_effect(frame, "cooperation_rate")


def seated(index: int, first: str, second: str, utilities: tuple[float, float]) -> Episode:
    return negotiation(utilities, index=index, players={"buyer": first, "seller": second})


def test_the_first_seat_is_worth_what_swapping_shows() -> None:
    games = [
        seated(0, "x", "y", (15, 5)),
        seated(0, "y", "x", (13, 7)),
        seated(1, "x", "y", (10, 10)),
        seated(1, "y", "x", (12, 8)),
        seated(2, "x", "y", (20, 0)),
        seated(3, "x", "x", (20, 0)),
    ]
    games = [replace(each, id=f"e{number}", seed=each.index) for number, each in enumerate(games)]
    found = ev.seat_advantage(record(*games, metrics=["surplus_share"]))
    assert found.difference == pytest.approx((0.4 + 0.1) / 2)
    assert (found.n_pairs, found.n_clusters, found.a.n_left_out) == (4, 2, 1)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 1, loc=0.25, scale=0.15))
    with pytest.raises(ParameterError, match="play both arms"):
        ev.seat_advantage(record(games[0], games[3], metrics=["surplus_share"]))


def costly(agreements: list[bool], usd: float = 0.5) -> pd.DataFrame:
    rows = [
        {"run": "r", "episode": str(n), "status": "completed", "metric": metric, "value": value, "k": value}
        for n, agreed in enumerate(agreements)
        for metric, value in (("usd", usd), ("usd", usd), ("agreement_rate", float(agreed)))
    ]
    return pd.DataFrame(rows)


def test_an_agreement_costs_what_all_episodes_cost() -> None:
    found = ev.cost_per_agreement(costly([True, False] * 20))
    assert found.value == pytest.approx(2.0)
    assert found.low < 2 < found.high
    assert found == ev.cost_per_agreement(costly([True, False] * 20))
    assert math.isnan(ev.cost_per_agreement(costly([False, False])).value)
    assert math.isnan(ev.cost_per_agreement(costly([True, True], usd=math.nan)).value)


def test_determinism_compares_actions_byte_for_byte(tmp_path: Path) -> None:
    first = store(tmp_path / "a", dilemma("CC", "CD", index=0), dilemma("CC", "CC", index=1))
    second = store(
        tmp_path / "b", dilemma("CC", "CD", index=0), dilemma("CC", "CD", index=1), dilemma("C", "C", index=2)
    )
    found = ev.determinism(first, second)
    assert (found.identical, found.compared, found.unmatched, found.rate) == (1, 2, 1, 0.5)
    assert found.different == ("condition.1",)
    assert ev.determinism(first, first).rate == 1


def test_an_opponent_is_modelled_well_badly_or_not_at_all() -> None:
    true = [0.0, 0.2, 0.5, 1.0]
    assert ev.opponent_model_error(true, true) == pytest.approx((1, 1, 0))
    reverse = ev.opponent_model_error(true[::-1], true)
    assert reverse.kendall_tau == -1
    assert reverse.ndcg < 0.8
    assert math.isnan(ev.opponent_model_error([1, 1, 1, 1], true).kendall_tau)
    with pytest.raises(ParameterError, match="one number per outcome"):
        ev.opponent_model_error([1.0], true)
