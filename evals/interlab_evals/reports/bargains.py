"""Figures of negotiations: the plane of utilities with all outcomes, and the concessions in offers."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import pandas as pd

from interlab_evals.figures import Axis, Band, Curve, Plane, Points, Trajectories
from interlab_evals.measures.offers import offer_utilities
from interlab_evals.measures.settlement import settlement
from interlab_evals.records import is_failed
from interlab_evals.statistics.estimation import estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interlab.schema.episode import Episode
    from interlab_evals.bargaining.solutions import Solutions
    from interlab_evals.figures import Figure
    from interlab_evals.measures.settlement import Space
    from interlab_evals.records import Record

_MOST_GROUPS: Final = 7
_MOST_OUTCOMES: Final = 5_000
_CONCEPTS: Final = (
    ("nash", "Nash"),
    ("ks", "Kalai-Smorodinsky"),
    ("kalai", "Kalai (egalitarian)"),
    ("max_welfare", "greatest sum"),
)
_TIMES: Final = 20


def planes(records: Sequence[Record]) -> Iterator[Figure]:
    """Yield a plane for each space of deals between two parties that at least one episode was about."""
    found: dict[tuple[str, int], _Deals] = {}
    for record in records:
        for episode in record.episodes:
            if is_failed(episode):
                continue
            reached = settlement(episode)
            if reached.space is None or len(reached.space.parties) != 2:
                continue
            deals = found.setdefault(
                (episode.scenario, id(reached.space.domain)), _Deals(episode.scenario, reached.space, {})
            )
            if reached.agreed and reached.utilities:
                first, second = (reached.utilities[role] for role in deals.space.parties)
                lineup = " / ".join(seat.player for seat in episode.seats)
                deals.points.setdefault(lineup, Counter())[first, second] += 1
    for deals in found.values():
        yield _plane(deals)


class _Deals(NamedTuple):
    """The deals of one space: line-up -> utilities -> number."""

    scenario: str
    space: Space
    points: dict[str, Counter[tuple[float, float]]]


def _plane(deals: _Deals) -> Plane:
    solved = deals.space.solutions
    first, second = deals.space.parties
    utilities = solved.utilities
    shown = utilities[:: max(1, -(-len(utilities) // _MOST_OUTCOMES))]
    left_out = max(0, len(deals.points) - _MOST_GROUPS)
    return Plane(
        name=f"plane-{deals.scenario}",
        caption=f"Deals in {deals.scenario}: utilities of both parties, all possible outcomes and their frontier.",
        notes=(
            "Dotted lines are the values without a deal.",
            *([f"{left_out} further line-ups are left out."] if left_out else []),
        ),
        width="page",
        x=Axis(label=f"utility of {first}"),
        y=Axis(label=f"utility of {second}"),
        groups=tuple(
            Points(
                label=lineup,
                xs=tuple(x for x, _ in counts),
                ys=tuple(y for _, y in counts),
                counts=tuple(counts.values()),
            )
            for lineup, counts in list(deals.points.items())[:_MOST_GROUPS]
        ),
        background=Points(label="possible", xs=tuple(shown[:, 0].tolist()), ys=tuple(shown[:, 1].tolist())),
        frontier=_frontier(solved),
        marks=tuple(_marks(solved)),
        vertical=float(solved.reserves[0]),
        horizontal=float(solved.reserves[1]),
    )


def _frontier(solved: Solutions) -> tuple[tuple[float, float], ...]:
    points = solved.utilities[solved.points["pareto"]]
    return tuple(sorted({(float(x), float(y)) for x, y in points.tolist()}))


def _marks(solved: Solutions) -> Iterator[tuple[float, float, str]]:
    points: dict[str, Any] = {str(name): places for name, places in solved.points.items()}
    for name, label in _CONCEPTS:
        for place in list(points.get(name, ()))[:1]:
            x, y = solved.utilities[place].tolist()
            yield float(x), float(y), label


def concessions(records: Sequence[Record]) -> Iterator[Figure]:
    """Yield the utility of a player's own offers to itself over the time of a negotiation, a curve per player."""
    rows = [row for record in records for episode in record.episodes for row in _offers(episode)]
    if not rows:
        return
    frame = pd.DataFrame(rows)
    for scenario, made in frame.groupby("scenario", sort=False):
        if made["round"].nunique() > 1:
            yield _curves(str(scenario), made)


def _offers(episode: Episode) -> Iterator[dict[str, object]]:
    if is_failed(episode):
        return
    bounds = _best_and_reserve(episode)
    for each in episode.rounds:
        moves: Any = each.facts.get("moves")
        for move in cast("list[dict[str, Any]]", moves) if isinstance(moves, list) else ():
            role, outcome = move.get("by"), move.get("outcome")
            if (
                move.get("action") != "offer"
                or move.get("valid", True) is not True
                or not isinstance(outcome, list)
            ):
                continue
            worth = offer_utilities(episode, cast("list[Any]", outcome))
            if role not in worth or role not in bounds:
                continue
            best, reserve = bounds[role]
            yield {
                "run": episode.run,
                "episode": episode.id,
                "scenario": episode.scenario,
                "seed": episode.seed,
                "round": each.number,
                "player": episode.seat(role).player,
                "value": (worth[role] - reserve) / (best - reserve),
            }


def _best_and_reserve(episode: Episode) -> dict[str, tuple[float, float]]:
    """Return role -> the greatest utility and the one without a deal, of roles that could gain."""
    reached = settlement(episode)
    if reached.space is not None:
        best = dict(zip(reached.space.parties, map(float, reached.space.solutions.best.tolist()), strict=True))
        pairs = {role: (best[role], reserve) for role, reserve in reached.reserves.items()}
    else:
        match episode.game.get("reserves"):
            case {"buyer": int() | float() as value, "seller": int() | float() as cost} if value > cost:
                pairs = {"buyer": (float(value - cost), 0.0), "seller": (float(value - cost), 0.0)}
            case _:
                pairs = {}
    return {role: pair for role, pair in pairs.items() if pair[0] > pair[1]}


def _curves(scenario: str, made: pd.DataFrame) -> Trajectories:
    first, last = int(made["round"].min()), int(made["round"].max())
    parts = min(_TIMES, last - first + 1)
    edges = sorted({first + round((last + 1 - first) * place / parts) for place in range(parts + 1)})
    curves: list[Curve] = []
    for player, own in made.groupby("player", sort=False):
        points: list[Band] = []
        for start, stop in pairwise(edges):
            chosen: pd.DataFrame = own[(own["round"] >= start) & (own["round"] < stop)]
            if len(chosen):
                found = estimate(chosen, "offer", kind="unbounded mean").only
                band = Band(x=(start + stop - 1) / 2, value=found.value, low=found.low, high=found.high)
                points.append(band)
        curves.append(Curve(label=str(player), points=tuple(points)))
    left_out = max(0, len(curves) - _MOST_GROUPS)
    return Trajectories(
        name=f"concessions-{scenario}",
        caption=(
            f"Offers in {scenario}: share of its possible gain that a player asks for itself, by round, with "
            "intervals."
        ),
        notes=(f"{left_out} further players are left out.",) if left_out else (),
        x=Axis(label="round", integer=True),
        y=Axis(label="share of the possible gain"),
        curves=tuple(curves[:_MOST_GROUPS]),
    )
