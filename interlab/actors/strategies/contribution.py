"""Strategies of members of a group that contributes to a common project, and may punish."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, cast

from interlab.actors.strategies.shelf import STRATEGIES, Probability, Share
from interlab.situations import Announcement, ContributionSituation, PunishmentSituation, Query


def _contribute(query: Query, decided: Any) -> Any:
    """Answer with a contribution; where punishment is asked for, with the points decided on, else with none."""
    situation = query.situation
    assert isinstance(situation, ContributionSituation)
    if isinstance(situation, PunishmentSituation):
        punished = cast("Mapping[str, float]", decided if isinstance(decided, Mapping) else {})
        return query.expected_type(
            **{
                other: min(situation.most, max(0, round(punished.get(other, 0))))
                for other in situation.contributed
            }
        )
    points = min(situation.endowment, max(0, round(decided)))
    if query.purpose == "message":
        return Announcement(f"I will contribute {points}.", points)
    return points


def _tremble(situation: ContributionSituation, decided: Any, stream: Random) -> Any:
    if isinstance(situation, PunishmentSituation):
        return {other: stream.randint(0, situation.most) for other in situation.contributed}
    return stream.randint(0, situation.endowment)


def _contribution(name: str, source: str):
    return STRATEGIES.rule(name, plays=ContributionSituation, speak=_contribute, source=source, tremble=_tremble)


@_contribution("free-rider", "Fischbacher, Gächter & Fehr (2001)")
def free_rider(situation: ContributionSituation, stream: Random) -> float:
    """Contributes nothing."""
    return 0


@_contribution("full-contributor", "Fischbacher, Gächter & Fehr (2001)")
def full_contributor(situation: ContributionSituation, stream: Random) -> float:
    """Contributes everything."""
    return situation.endowment


@_contribution("conditional-cooperator", "Fischbacher, Gächter & Fehr (2001)")
def conditional_cooperator(
    situation: ContributionSituation, stream: Random, *, first: Probability = 1.0, slope: Share = 1.0
) -> float:
    """Contributes `first` of the endowment, then `slope` times what the others gave on average last round."""
    if not situation.others:
        return first * situation.endowment
    return slope * situation.others[-1]


@_contribution("fixed-contributor", "baseline")
def fixed_contributor(situation: ContributionSituation, stream: Random, *, share: Probability = 0.5) -> float:
    """Contributes `share` of the endowment every round."""
    return share * situation.endowment


@_contribution("random-contributor", "baseline")
def random_contributor(situation: ContributionSituation, stream: Random) -> float:
    """Contributes any amount, all equally likely; punishes no one."""
    return stream.randint(0, situation.endowment)


@_contribution("hump-shaped", "Fischbacher, Gächter & Fehr (2001)")
def hump_shaped(situation: ContributionSituation, stream: Random) -> float:
    """Gives what the others gave on average, up to half of the endowment; beyond that less and less."""
    half = situation.endowment / 2
    if not situation.others:
        return half
    return half - abs(situation.others[-1] - half)


@_contribution("altruistic-punisher", "Fehr & Gächter (2002)")
def altruistic_punisher(
    situation: ContributionSituation, stream: Random, *, strength: Share = 0.5
) -> float | dict[str, float]:
    """Contributes everything, and punishes who gives less than itself: `strength` points for each missing one."""
    if isinstance(situation, PunishmentSituation):
        return {other: strength * max(0, situation.gave - given) for other, given in situation.contributed.items()}
    return situation.endowment
