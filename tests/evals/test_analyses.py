"""What takes a whole sample: lines, thresholds, arms, costs, determinism, opponent models."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import interlab as il
import interlab_evals as ev
from interlab.errors import ParameterError
from interlab.schema.episode import Round
from interlab_evals.statistics.proportions import wilson
from tests.evals.games import PAYOFFS, ultimatum
from tests.evals.handmade import dilemma, episode, negotiation
from tests.evals.stored import store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from interlab.schema.episode import Episode, Json


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
    compared = ev.compare(
        frame, "cooperation_rate", "true", "false", by="parameters.talk", over_scenarios=True
    ).only
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


def ended(*endings: tuple[int, str], **columns: Any) -> pd.DataFrame:
    rows = [
        {"run": "r", "episode": f"e{n}", "status": "completed", "rounds": rounds, "end_reason": reason}
        for n, (rounds, reason) in enumerate(endings)
    ]
    return pd.DataFrame(rows).assign(**columns)


def test_incidences_are_those_of_statsmodels() -> None:
    random = np.random.default_rng(6)
    causes = ["deadline", "agreement", "walk_away"]
    drawn = [(int(random.integers(1, 8)), int(random.integers(3))) for _ in range(60)]
    found = ev.cumulative_incidence(ended(*((rounds, causes[cause]) for rounds, cause in drawn)))
    library: Any = import_module("statsmodels.duration.survfunc")
    with np.errstate(divide="ignore", invalid="ignore"):
        theirs = library.CumIncidenceRight(*map(np.array, zip(*drawn, strict=True)))
    for number, reason in enumerate(causes[1:]):
        ours = found[found["reason"] == reason].set_index("round")
        curve = dict(zip(theirs.times, zip(theirs.cinc[number], theirs.cinc_se[number], strict=True), strict=True))
        for time, row in ours.iterrows():
            share, error = curve[time]
            assert row["incidence"] == pytest.approx(share)
            if row["at_risk"] > 5 and share > 0.2 and math.isfinite(error):
                assert (row["high"] - row["low"]) / 3.92 == pytest.approx(error, rel=0.25)


def test_a_walk_away_is_no_agreement_to_come() -> None:
    endings = [(2, "agreement")] * 4 + [(1, "walk_away")] * 6
    frame: Any = ev.cumulative_incidence(ended(*endings)).set_index(["reason", "round"])
    found = frame.to_dict("index")
    agreed = found["agreement", 2]
    assert agreed["incidence"] == pytest.approx(0.4)  # Kaplan-Meier says 1
    assert found["walk_away", 2]["incidence"] == pytest.approx(0.6)
    assert (agreed["low"], agreed["high"]) == pytest.approx(wilson(0.4, 10), abs=0.02)


def test_incidences_of_groups_failed_episodes_and_few_episodes() -> None:
    frame = pd.concat(
        [
            ended((1, "agreement"), (1, "agreement"), (3, "deadline"), lineup="x"),
            ended((1, "walk_away"), lineup="y", run="s"),
            ended((1, "error"), lineup="y", run="t", status="failed"),
        ]
    )
    found = ev.cumulative_incidence(pd.concat([frame, frame]), by=("lineup",))
    chosen = found[(found["lineup"] == "x") & (found["reason"] == "agreement")]
    assert chosen[["incidence", "events", "at_risk", "n_episodes"]].to_numpy().tolist() == [
        [pytest.approx(2 / 3), 2, 3, 3]
    ]
    assert found[found["lineup"] == "y"]["low"].isna().all()
    assert set(found["reason"]) == {"agreement", "walk_away"}
    with pytest.raises(ParameterError, match="no episode has been played"):
        ev.cumulative_incidence(frame[frame["status"] == "failed"])


def remembering(p: Sequence[float], rounds: int, random: np.random.Generator) -> tuple[str, str]:
    """The moves of a memory-one strategy (own, other: CC, CD, DC, DD) and of a coin."""
    own, other = "C", "C"
    for _ in range(rounds - 1):
        state = ("CC", "CD", "DC", "DD").index(own[-1] + other[-1])
        own += "C" if random.random() < p[state] else "D"
        other += "C" if random.random() < 0.5 else "D"
    return own, other


def test_extortion_is_found_in_what_was_played_and_a_slope_is_told_only_there() -> None:
    random = np.random.default_rng(8)
    game: dict[str, Json] = {"cooperate": "C", "payoffs": PAYOFFS}
    played = [remembering((8 / 9, 1 / 2, 1 / 3, 0), 40, random) for _ in range(50)]
    games = [dilemma(*moves, index=n, seed=n, game=game) for n, moves in enumerate(played)]
    found = ev.zero_determinant(ev.Record(episodes=tuple(games)))
    fits: Any = found.set_index("player").to_dict("index")
    extortioner, coin = fits["strategy/a"], fits["strategy/b"]
    assert extortioner["sse"] < 0.01
    assert extortioner["chi"] == pytest.approx(2, abs=0.4)
    assert extortioner["chi_low"] < 2 < extortioner["chi_high"]
    assert extortioner["kappa"] == pytest.approx(1, abs=0.3)
    assert (extortioner["n_episodes"], extortioner["n_clusters"]) == (50, 50)
    assert coin["sse"] > 0.3
    assert all(math.isnan(coin[name]) for name in ("chi", "chi_low", "chi_high"))
    assert coin["sse_low"] < coin["sse"] < coin["sse_high"]
    pd.testing.assert_frame_equal(found, ev.zero_determinant(ev.Record(episodes=tuple(games))))
    assert ev.zero_determinant(ev.Record(episodes=())).empty
    pooled = [extortioner[f"p_{state}"] for state in ("cc", "cd", "dc", "dd")]
    assert extortioner["chi"] == pytest.approx(ev.zero_determinant_fit(pooled).chi)


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
