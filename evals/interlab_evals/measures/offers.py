"""Bargaining behaviour of a party: its offers in order (``facts["moves"]``).

Notation: s_1 ... s_k the utilities to itself of a role's valid offers. Utilities come from ``game["domain"]``;
where the one issue is a price, a role called ``buyer`` gains its reserve less the price, and ``seller`` the price
less its reserve (``game["reserves"]``).
"""

from __future__ import annotations

import math
from collections import Counter
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import orjson

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.settlement import space_of
from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode

_UNVALUED: Final = "or what offers are worth to it is not known"
_FEWER_THAN_TWO: Final = f"the role made fewer than two valid offers, {_UNVALUED}"
_EQUAL: Final = 1e-9
"""Utilities nearer than this are the same; what lies between is rounding."""

_CLASSES: Final = ("selfish", "concession", "fortunate", "unfortunate", "nice", "silent")

_utility = partial(
    metric, kind="unbounded mean", unit="utility", range=(-math.inf, math.inf), direction="neutral", level="actor"
)


class _Offers(NamedTuple):
    """One role's offers: their utilities to it and to the others together, and what is counted of all."""

    own: list[float]
    others: list[float]
    keys: list[bytes]
    made: int
    accepted: int
    accepted_nothing: int


@_utility(undefined=f"the role made no valid offer, {_UNVALUED}", source="NegMAS `first_offer_utility`")
def first_offer_utility(episode: Episode) -> dict[str, float]:
    """Value of a role's first offer to itself: its anchor.

    s_1.
    """
    return {role: each.own[0] if each.own else math.nan for role, each in _offers(episode).items()}


@_utility(undefined=_FEWER_THAN_TWO, source="NegMAS `total_concession`, which is 0 for a single offer")
def total_concession(episode: Episode) -> dict[str, float]:
    """Concession of a role from its first offer to its last.

    s_1 - s_k, in its own utility.
    """
    return {
        role: each.own[0] - each.own[-1] if len(each.own) > 1 else math.nan
        for role, each in _offers(episode).items()
    }


@_utility(
    unit="utility per offer",
    undefined=_FEWER_THAN_TWO,
    source="NegMAS `concession_rate`, which is 0 for a single offer",
)
def concession_rate(episode: Episode) -> dict[str, float]:
    """Concession of a role per offer.

    (s_1 - s_k) / (k - 1), in its own utility.
    """
    return {
        role: (each.own[0] - each.own[-1]) / (len(each.own) - 1) if len(each.own) > 1 else math.nan
        for role, each in _offers(episode).items()
    }


@metric(kind="ratio", level="actor", undefined=_FEWER_THAN_TWO, source="NegMAS `monotonic_concession`")
def concession_monotonicity(episode: Episode) -> dict[str, Count]:
    """Share of a role's steps that did not ask for more than before.

    k/n with n = k_offers - 1 and k = #{t: s_{t+1} <= s_t}.
    """
    return {
        role: Count(sum(after <= before + _EQUAL for before, after in pairwise(each.own)), len(each.own) - 1)
        if each.own
        else UNDEFINED
        for role, each in _offers(episode).items()
    }


@metric(
    kind="bounded mean",
    level="actor",
    undefined=f"the role made no valid offer, {_UNVALUED}",
    source="NegMAS `temporal_patience`",
)
def patience(episode: Episode) -> dict[str, float]:
    """Share of time for which a role held on to its first offer.

    The share of its offers that came before the first one worth less to it than s_1; 1 if there was none.
    """
    found: dict[str, float] = {}
    for role, each in _offers(episode).items():
        held = next((t for t, own in enumerate(each.own) if own < each.own[0] - _EQUAL), len(each.own))
        found[role] = held / len(each.own) if each.own else math.nan
    return found


@metric(
    kind="share",
    level="actor",
    undefined=f"the role made fewer than two valid offers, there are not two parties, {_UNVALUED}",
    source="Hindriks, Jonker & Tykhonov (2007), Let's DANS!",
)
def dans_steps(episode: Episode) -> dict[str, dict[str, Count]]:
    """Shares of six classes of steps from one offer to the next, by their effect on both parties.

    By the change of its own utility and of the other's: selfish (up; down or same), concession (down; up or same),
    fortunate (up; up), unfortunate (down or same; down), nice (same; up), silent (same; same).
    """
    found: dict[str, dict[str, Count]] = {}
    for role, each in _offers(episode).items():
        steps = pairwise(zip(each.own, each.others, strict=True)) if len(episode.seats) == 2 else ()
        counts = Counter(_dans(after[0] - before[0], after[1] - before[1]) for before, after in steps)
        found[role] = {name: Count(counts[name], counts.total()) for name in _CLASSES}
    return found


@metric(
    kind="ratio",
    direction="higher",
    level="actor",
    undefined="the role made no offer",
    source="NegMAS `valid_offer_fraction`",
)
def offer_validity(episode: Episode) -> dict[str, Count]:
    """Share of a role's offers that were deals of the domain.

    k/n with k = #{offers: valid} and n = #{offers}.
    """
    return {role: Count(len(each.keys), each.made) for role, each in _offers(episode).items()}


@metric(kind="ratio", level="actor", undefined="the role made no valid offer", source="NegMAS `offer_variability`")
def offer_variability(episode: Episode) -> dict[str, Count]:
    """Number of different offers per offer made; low where a role repeats itself.

    k/n with k = #{different valid offers} and n = #{valid offers}.
    """
    return {role: Count(len(set(each.keys)), len(each.keys)) for role, each in _offers(episode).items()}


@metric(
    kind="ratio", direction="lower", level="actor", undefined="the role accepted nothing", source="Own definition"
)
def empty_acceptance(episode: Episode) -> dict[str, Count]:
    """Share of a role's acceptances that accepted an offer not on the table.

    k/n with n = #{acceptances} and k = #{those that were invalid}.
    """
    return {role: Count(each.accepted_nothing, each.accepted) for role, each in _offers(episode).items()}


@once_per_episode
def _offers(episode: Episode) -> dict[str, _Offers]:
    found = {role: _Offers([], [], [], 0, 0, 0) for role in episode.roles}
    for each in episode.rounds:
        moves: Any = each.facts.get("moves")
        for move in cast("list[dict[str, Any]]", moves) if isinstance(moves, list) else ():
            role = move.get("by")
            if role in found:
                found[role] = _with(found[role], move, episode, role)
    return found


def _with(offers: _Offers, move: dict[str, Any], episode: Episode, role: str) -> _Offers:
    valid = move.get("valid", True) is True
    if move.get("action") == "accept":
        return offers._replace(
            accepted=offers.accepted + 1, accepted_nothing=offers.accepted_nothing + (not valid)
        )
    if move.get("action") != "offer":
        return offers
    outcome = move.get("outcome")
    if valid and isinstance(outcome, list):
        offers.keys.append(orjson.dumps(outcome))
        worth = offer_utilities(episode, cast("list[Any]", outcome))
        if role in worth:
            offers.own.append(worth.pop(role))
            offers.others.append(math.fsum(worth.values()))
    return offers._replace(made=offers.made + 1)


def offer_utilities(episode: Episode, outcome: Sequence[Any]) -> dict[str, float]:
    """Give what an offer would be worth to each role; nothing where that is not known."""
    space = space_of(episode)
    if space is not None:
        utilities = space.domain.utility(outcome)
        return {} if utilities is None else dict(zip(space.parties, utilities, strict=True))
    match episode.game.get("reserves"), outcome:
        case {"buyer": int() | float() as value, "seller": int() | float() as cost}, [int() | float() as price]:
            return {"buyer": value - price, "seller": price - cost}
        case _:
            return {}


def _dans(own: float, other: float) -> str:
    if own > _EQUAL:
        return "fortunate" if other > _EQUAL else "selfish"
    if other < -_EQUAL:
        return "unfortunate"
    if own < -_EQUAL:
        return "concession"
    return "nice" if other > _EQUAL else "silent"
