"""End of a negotiation: agreement, its time, or the reason for having none."""

from __future__ import annotations

import math
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, cast

from interlab_evals.measures.declaration import NO_DURATION, UNDEFINED, Count, Duration, metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode

_UNTOLD: Final = "the episode's outcome does not tell whether there was an agreement"
_NONE_RECORDED: Final = "no party recorded a deal, or the outcome does not tell what the parties recorded"

_rate = partial(metric, kind="rate", level="episode")


@_rate(direction="higher", undefined=_UNTOLD, source="NegMAS `agreement_reached`; NegotiationArena")
def agreement_rate(episode: Episode) -> Count:
    """Share of negotiations that ended with an agreement.

    k = 1[agreement, and every party recorded a deal where ``outcome["deals"]`` tells], n = 1. Where there is no
    zone of agreement (``game["zopa"]`` is false), no deal is the right result and the right rate is 0; such games
    have parameters of their own and so never share a table row with the others.
    """
    agreed = _agreed(episode)
    return UNDEFINED if agreed is None else Count(int(agreed and None not in (_recorded(episode) or [0])), 1)


@metric(
    kind="time-to-event",
    unit="rounds",
    range=(1.0, math.inf),
    direction="lower",
    level="episode",
    undefined=_UNTOLD + ", or no round was played",
    source="NegMAS `step`; survival analysis",
)
def rounds_to_agreement(episode: Episode) -> Duration:
    """Number of rounds until the agreement.

    The round of the agreement; censored at the last round where there was none. A walk-away is censored too,
    though it rules an agreement out, so that where parties walk away this is how soon they would agree if none
    could: how many did agree by which round is for `interlab_evals.cumulative_incidence` to say.
    """
    agreed, rounds = _agreed(episode), len(episode.rounds)
    return NO_DURATION if agreed is None or not rounds else Duration(rounds, agreed)


@metric(
    kind="bounded mean",
    direction="lower",
    level="episode",
    undefined="there was no agreement, or the game has no fixed horizon",
    source="NegMAS `relative_time`",
)
def agreement_time(episode: Episode) -> float:
    """Time of the agreement as a share of the time available.

    t = rounds played / ``game["horizon"]``, of agreements only.
    """
    return _relative_time(episode) if _agreed(episode) else math.nan


@metric(
    kind="bounded mean",
    direction="higher",
    level="episode",
    undefined=f"{_UNTOLD}, or the game has no fixed horizon",
    source="NegMAS `agreement_speed`",
)
def agreement_speed(episode: Episode) -> float:
    """Earliness of the agreement, 0 without one.

    1 - t with t as in `agreement_time`.
    """
    agreed = _agreed(episode)
    time = _relative_time(episode)
    return math.nan if agreed is None or math.isnan(time) else 1 - time if agreed else 0.0


@_rate(undefined=_UNTOLD, source="NegMAS `broken`")
def walk_away_rate(episode: Episode) -> Count:
    """Share of negotiations in which a party walked away.

    k = 1[the episode ended by a party's exit], n = 1.
    """
    return UNDEFINED if _agreed(episode) is None else Count(int(episode.end_reason == "walk_away"), 1)


@_rate(direction="lower", undefined=_UNTOLD, source="NegMAS `timedout`")
def deadline_rate(episode: Episode) -> Count:
    """Share of negotiations in which time ran out.

    k = 1[the episode ended at its deadline without an agreement], n = 1.
    """
    return UNDEFINED if _agreed(episode) is None else Count(int(episode.end_reason == "deadline"), 1)


@_rate(
    direction="higher",
    undefined=f"there was a zone of agreement, or the game does not tell; or {_UNTOLD}",
    source="Own definition",
)
def correct_walk_away(episode: Episode) -> Count:
    """Share of correct walk-aways, among negotiations in which no deal was good for all.

    k = 1[no agreement], n = 1[``game["zopa"]`` is false].
    """
    agreed = _agreed(episode)
    if agreed is None or episode.game.get("zopa") is not False:
        return UNDEFINED
    return Count(int(not agreed), 1)


@_rate(direction="lower", undefined=_NONE_RECORDED, source="Own definition")
def agreement_inconsistency(episode: Episode) -> Count:
    """Share of deals that the parties recorded differently, or that only some recorded.

    k = 1[the recorded deals (``outcome["deals"]``) are not all the same], n = 1[some party recorded one].
    """
    recorded = _recorded(episode)
    if not recorded or all(deal is None for deal in recorded):
        return UNDEFINED
    return Count(int(any(deal != recorded[0] for deal in recorded)), 1)


@metric(kind="bounded mean", direction="lower", level="episode", undefined=_NONE_RECORDED, source="Own definition")
def deal_distance(episode: Episode) -> float:
    """Difference between the deals that the parties recorded: a Hamming distance.

    The share of issues on which two parties recorded different values, averaged over pairs of parties; a party
    that recorded no deal differs on every issue from one that did.
    """
    recorded = _recorded(episode)
    if not recorded or all(deal is None for deal in recorded):
        return math.nan
    pairs = list(combinations(recorded, 2))
    return math.fsum(_difference(one, other) for one, other in pairs) / len(pairs) if pairs else math.nan


def _agreed(episode: Episode) -> bool | None:
    agreement = episode.outcome.get("agreement")
    return agreement if isinstance(agreement, bool) else None


def _relative_time(episode: Episode) -> float:
    horizon = episode.game.get("horizon")
    return len(episode.rounds) / horizon if isinstance(horizon, int) and horizon > 0 else math.nan


def _recorded(episode: Episode) -> list[Sequence[Any] | None] | None:
    """List each party's record of the deal; ``None`` where the outcome does not tell."""
    deals: Any = episode.outcome.get("deals")
    if not isinstance(deals, dict):
        return None
    by_role = cast("dict[str, Any]", deals)
    return [by_role.get(role) for role in episode.roles]


def _difference(one: Sequence[Any] | None, other: Sequence[Any] | None) -> float:
    if one is None or other is None or len(one) != len(other):
        return float(one != other)
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one) if one else 0.0
