"""Games of every family, made by hand as their environments would leave them, and at random."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from interlab.schema.episode import Message, Round
from interlab_evals.bargaining.domain import Domain
from tests.evals.handmade import call, dilemma, episode, negotiation, public_good, turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.schema.episode import Episode, Json

PAYOFFS: dict[str, Json] = {"C,C": [3, 3], "C,D": [0, 5], "D,C": [5, 0], "D,D": [1, 1]}
BATTLE: dict[str, Json] = {"C,C": [10, 7], "C,D": [0, 0], "D,C": [0, 0], "D,D": [7, 10]}

JOB: dict[str, Json] = {
    "issue_names": ["salary", "days"],
    "issues": [["low", "mid", "high"], [2, 3, 4]],
    "tables": [[[0.0, 0.5, 1.0], [0.0, 0.4, 1.0]], [[1.0, 0.7, 0.0], [1.0, 0.8, 0.0]]],
    "weights": [[0.7, 0.3], [0.6, 0.4]],
    "reserves": [0.3, 0.35],
}


def talked(rounds: Sequence[tuple[str | None, str | None, str]], **facts: Json) -> Episode:
    """A dilemma in which alice announces, privately plans and plays, round by round; bob cooperates."""
    played = [
        Round(
            number=number,
            actions={"alice": action, "bob": "C"},
            facts=facts,
            turns=() if plan is None else (turn("alice", round=number, purpose="thought", action=plan),),
            messages=(
                Message(sender="alice", receivers=("bob",), text=f"I say {announced}", announced_action=announced),
            ),
        )
        for number, (announced, plan, action) in enumerate(rounds, 1)
    ]
    return episode(rounds=tuple(played), game={"cooperate": "C", "actions": ["C", "D"]})


def commons(
    *stocks: tuple[float, float], received: Sequence[Sequence[float]], collapsed: bool, horizon: int = 12
) -> Episode:
    """A commons of capacity 100 that doubles, from each round's stock before and after and what each received."""
    roles = [f"fisher{number}" for number in range(len(received[0]))]
    rounds = [
        Round(
            number=number,
            facts={
                "stock_before": before,
                "stock_after": after,
                "sustainable": before / 2,
                "wanted": dict(zip(roles, got, strict=True)),
                "received": dict(zip(roles, got, strict=True)),
            },
        )
        for number, ((before, after), got) in enumerate(zip(stocks, received, strict=True), 1)
    ]
    game: dict[str, Json] = {"kind": "commons", "capacity": 100, "horizon": horizon, "sustainable": 50}
    return episode(
        players=dict.fromkeys(roles, "strategy/a"),
        rounds=tuple(rounds),
        game=game,
        outcome={"collapsed": collapsed, "rounds": len(rounds)},
        end_reason="collapse" if collapsed else "completed",
    )


def trust(*exchanges: tuple[float | None, float | None]) -> Episode:
    """A trust game with endowment 10 and multiplier 3, from what was sent and returned in each round."""
    facts = [
        {key: value for key, value in zip(("sent", "returned"), each, strict=True) if value is not None}
        for each in exchanges
    ]
    return episode(
        game={"kind": "trust", "endowment": 10, "multiplier": 3, "investor": "alice", "trustee": "bob"},
        rounds=tuple(Round(number=number, facts=dict(each)) for number, each in enumerate(facts, 1)),
    )


def ultimatum(*offers: tuple[float, bool | None], index: int = 0) -> Episode:
    """An ultimatum game over 10, from offers and answers; a dictator game where the answers are ``None``."""
    facts: list[dict[str, Json]] = [
        {"offer": offer} if accepted is None else {"offer": offer, "accepted": accepted}
        for offer, accepted in offers
    ]
    return episode(
        index=index,
        game={"kind": "ultimatum", "pie": 10, "proposer": "alice", "responder": "bob"},
        rounds=tuple(Round(number=number, facts=each) for number, each in enumerate(facts, 1)),
    )


def issues(
    moves: Sequence[tuple[str, Sequence[Json]]],
    deal: Sequence[Json] | None,
    *,
    domain: Mapping[str, Json] = JOB,
    horizon: int = 20,
    **fields: Any,
) -> Episode:
    """A negotiation over issues between ann and ben, from all offers in order, two to a round."""
    parties = ("ann", "ben")
    made: list[dict[str, Json]] = [
        {"by": by, "action": "offer", "outcome": list(outcome), "valid": True} for by, outcome in moves
    ]
    rounds = [made[start : start + 2] for start in range(0, len(made), 2)]
    reserves: Any = domain["reserves"]
    worth = reserves if deal is None else Domain.of(domain).utility(deal)
    assert worth is not None
    defaults: dict[str, Any] = {
        "players": dict.fromkeys(parties, "negotiator/a"),
        "game": {"kind": "negotiation", "domain": dict(domain), "parties": list(parties), "horizon": horizon},
        "rounds": tuple(
            Round(number=number, facts={"moves": list(each)}) for number, each in enumerate(rounds, 1)
        ),
        "outcome": {
            "agreement": deal is not None,
            "deal": None if deal is None else list(deal),
            "deals": dict.fromkeys(parties, None if deal is None else list(deal)),
        },
        "payoffs": dict(zip(parties, worth, strict=True)),
        "end_reason": "deadline" if deal is None else "agreement",
    }
    return episode(**(defaults | fields))


money = st.floats(-100, 100).map(lambda amount: round(amount, 2))
gifts = st.lists(st.none() | st.floats(0, 20), min_size=3, max_size=3)
turns = st.lists(
    st.builds(
        turn,
        st.sampled_from(["alice", "bob"]),
        valid=st.booleans(),
        attempts=st.integers(1, 3),
        handling=st.sampled_from(["none", "retried", "forfeit"]),
        purpose=st.sampled_from(["action", "message", "thought"]),
        calls=st.lists(
            st.builds(
                call,
                ok=st.booleans(),
                usd=st.floats(0, 1) | st.just(math.nan),
                input_tokens=st.integers(0, 9),
                latency=st.floats(0, 9),
                finish_reason=st.sampled_from(["stop", "length", "content_filter"]),
            ),
            max_size=2,
        ).map(tuple),
    ),
    max_size=5,
).map(tuple)
plain_matrix_games = st.integers(0, 8).flatmap(
    lambda rounds: st.builds(
        dilemma,
        st.text("CD-", min_size=rounds, max_size=rounds),
        st.text("CD-", min_size=rounds, max_size=rounds),
        turns=turns,
    )
)


@st.composite
def matrix_games(draw: st.DrawFn) -> Episode:
    """A matrix game that says all of itself, with announcements."""
    played = draw(plain_matrix_games)
    table = draw(st.sampled_from([PAYOFFS, BATTLE]))
    said = st.builds(
        Message,
        sender=st.sampled_from(["alice", "bob"]),
        receivers=st.just(("alice", "bob")),
        text=st.sampled_from([None, "", "trust me", "it is 7,000 or nothing"]),
        announced_action=st.sampled_from([None, "C", "D"]),
    )
    rounds = [
        Round(
            number=each.number,
            actions=each.actions,
            payoffs={
                role: float(paid)
                for role, paid in zip(each.payoffs, cell_of(table, each.actions.values()), strict=False)
            },
            messages=tuple(draw(st.lists(said, max_size=2))),
        )
        for each in played.rounds
    ]
    welfare = [sum(cell_of(table, cell.split(","))) for cell in table]
    game: dict[str, Json] = {
        **played.game,
        "payoffs": table,
        "welfare": [min(welfare), max(welfare)],
        "horizon": draw(st.just(len(rounds)) | st.just(5)),
        "horizon_known": draw(st.booleans()),
        "reserves": {"alice": 7000},
    }
    totals = {role: sum(each.payoffs.get(role, 0.0) for each in rounds) for role in played.roles}
    return episode(rounds=tuple(rounds), game=game, payoffs=totals, turns=played.turns)


def cell_of(table: Mapping[str, Json], actions: Any) -> list[float]:
    found: Any = table.get(",".join(str(action) for action in actions), [0, 0])
    return found


@st.composite
def commons_games(draw: st.DrawFn) -> Episode:
    rounds = draw(st.integers(1, 4))
    harvest = st.lists(st.floats(0, 40), min_size=3, max_size=3)
    stock = st.tuples(st.floats(0, 100), st.floats(0, 100))
    return commons(
        *draw(st.lists(stock, min_size=rounds, max_size=rounds)),
        received=draw(st.lists(harvest, min_size=rounds, max_size=rounds)),
        collapsed=draw(st.booleans()),
        horizon=4,
    )


deals = st.tuples(st.sampled_from(["low", "mid", "high"]), st.sampled_from([2, 3, 4]))
issue_games = st.builds(
    issues, st.lists(st.tuples(st.sampled_from(["ann", "ben"]), deals), max_size=8), st.none() | deals
)
answers = st.lists(st.tuples(st.floats(0, 10), st.none() | st.booleans()), max_size=4)
exchanges = st.lists(st.tuples(st.none() | st.floats(0.01, 10), st.none() | st.floats(0, 0.03)), max_size=4)

any_episodes = st.one_of(
    st.builds(episode, turns=turns, duration=st.floats(0, 9)),
    plain_matrix_games,
    matrix_games(),
    st.builds(negotiation, st.none() | st.tuples(money, money), best=st.none() | st.floats(0, 200)),
    issue_games,
    st.builds(public_good, gifts, gifts, gifts, endowment=st.sampled_from([0, 20])),
    commons_games(),
    answers.map(lambda each: ultimatum(*each)),
    exchanges.map(lambda each: trust(*each)),
)
