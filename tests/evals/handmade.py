"""Episodes made by hand, as small as a test can say them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from interlab.schema.episode import Call, Episode, Round, Seat, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.schema.episode import EndReason, Json, Measurement, Metric

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "oracles"

DILEMMA = {"CC": (3, 3), "CD": (0, 5), "DC": (5, 0), "DD": (1, 1)}


def oracle(name: str) -> Any:
    """Load a file of reference numbers: our copy, or the shared one where its terms allow none; skip without."""
    for place in (HERE / "oracles", SHARED):
        if (place / name).is_file():
            return json.loads((place / name).read_text())
    pytest.skip(f"{name} is not in {SHARED}", allow_module_level=True)


def episode(**fields: Any) -> Episode:
    """An episode in which nothing happened, but for what is said."""
    players = fields.pop("players", None)
    defaults: dict[str, Any] = {
        "run": "run",
        "suite": "suite",
        "scenario": "scenario",
        "condition": "condition",
        "id": f"condition.{fields.get('index', 0)}",
        "index": 0,
        "seed": 7,
        "trace_id": f"{fields.get('index', 0):032x}",
        "seats": seats(players or {"alice": "strategy/a", "bob": "strategy/b"}),
    }
    return Episode(**(defaults | fields))


def seats(players: Mapping[str, str]) -> tuple[Seat, ...]:
    return tuple(Seat(role=role, player=player, kind="strategy") for role, player in players.items())


def dilemma(alice: str, bob: str, **fields: Any) -> Episode:
    """A repeated prisoner's dilemma from two strings of actions; ``-`` is a forfeit and voids the round."""
    rounds: list[Round] = []
    for number, (a, b) in enumerate(zip(alice, bob, strict=True), 1):
        actions: dict[str, Json] = {"alice": None if a == "-" else a, "bob": None if b == "-" else b}
        paid = DILEMMA.get(a + b)
        payoffs: dict[str, float] = {"alice": paid[0], "bob": paid[1]} if paid else {}
        rounds.append(Round(number=number, actions=actions, payoffs=payoffs))
    game = {"kind": "matrix", "actions": ["C", "D"], "cooperate": "C", "welfare": [2.0, 6.0]}
    totals = {role: sum(each.payoffs.get(role, 0.0) for each in rounds) for role in ("alice", "bob")}
    return episode(**({"rounds": tuple(rounds), "game": game, "payoffs": totals} | fields))


def negotiation(
    utilities: Sequence[float] | None,
    *,
    reserves: Sequence[float] = (0.0, 0.0),
    best: float | None = 20.0,
    **fields: Any,
) -> Episode:
    """A negotiation between buyer and seller with these utilities, or without a deal."""
    disagreement = dict(zip(("buyer", "seller"), reserves, strict=True))
    end: EndReason = "deadline" if utilities is None else "agreement"
    defaults: dict[str, Any] = {
        "players": {"buyer": "negotiator/a", "seller": "negotiator/b"},
        "game": {"kind": "negotiation", "disagreement": disagreement, "best_joint_surplus": best},
        "outcome": {"agreement": utilities is not None},
        "payoffs": dict(zip(disagreement, reserves if utilities is None else utilities, strict=True)),
        "end_reason": end,
    }
    return episode(**(defaults | fields))


def public_good(*contributions: Sequence[float | None], endowment: float = 20.0) -> Episode:
    """A public-goods game from each member's contributions; the members are called m0, m1, ..."""
    roles = [f"m{number}" for number in range(len(contributions))]
    return episode(
        players=dict.fromkeys(roles, "strategy/conditional-cooperator"),
        game={"kind": "public-goods", "endowment": endowment, "multiplier": 1.6, "players": len(roles)},
        rounds=tuple(
            Round(number=number, actions=dict(zip(roles, gifts, strict=True)))
            for number, gifts in enumerate(zip(*contributions, strict=True), 1)
        ),
    )


def turn(role: str, **fields: Any) -> Turn:
    defaults: dict[str, Any] = {"role": role, "round": None, "purpose": "action", "prompt": None}
    return Turn(**(defaults | fields))


def call(**fields: Any) -> Call:
    defaults: dict[str, Any] = {"provider": "openai", "model": "gpt-5-mini", "ok": True}
    return Call(**(defaults | fields))


def by_role(metric: Metric, judged: Episode) -> dict[str | None, Measurement]:
    """What a metric without components found, by role; ``None`` for the episode."""
    return {each.role: each for each in metric.measure(judged)}


def values(metric: Metric, judged: Episode) -> list[float]:
    """What a metric found, in the order in which it says so."""
    return [each.value for each in metric.measure(judged)]
