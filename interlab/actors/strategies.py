"""Classic strategies of repeated games: ``strategy/...``.

The matrix-game strategies follow the Axelrod library's definitions and, in kebab case, its names.
"""

from __future__ import annotations

from random import Random
from typing import Annotated, Final

from pydantic import Field

from interlab.actors.program import Shelf
from interlab.errors import UsageError
from interlab.situations import Announcement, ContributionSituation, MatrixSituation, Query

STRATEGIES: Final = Shelf("strategy")

Probability = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _speak(query: Query, action: str) -> str | Announcement:
    situation = query.situation
    assert isinstance(situation, MatrixSituation)
    label = situation.labels[action]
    if query.purpose == "message":
        return Announcement(f"I will choose {label}.", label)
    return label


def _matrix(name: str, source: str):
    return STRATEGIES.rule(name, plays=MatrixSituation, speak=_speak, source=source)


@_matrix("cooperator", "Axelrod (1984)")
def cooperator(situation: MatrixSituation, stream: Random) -> str:
    """Always cooperates (ALLC)."""
    return situation.cooperate


@_matrix("defector", "Axelrod (1984)")
def defector(situation: MatrixSituation, stream: Random) -> str:
    """Always defects (ALLD)."""
    return situation.defect


@_matrix("tit-for-tat", "Axelrod (1984)")
def tit_for_tat(situation: MatrixSituation, stream: Random) -> str:
    """Cooperates first, then does what the other did last."""
    return situation.other[-1] if situation.other else situation.cooperate


@_matrix("suspicious-tit-for-tat", "Beaufils et al. (1997)")
def suspicious_tit_for_tat(situation: MatrixSituation, stream: Random) -> str:
    """Defects first, then does what the other did last."""
    return situation.other[-1] if situation.other else situation.defect


@_matrix("tit-for-2-tats", "Axelrod (1984)")
def tit_for_2_tats(situation: MatrixSituation, stream: Random) -> str:
    """Defects only after two defections in a row."""
    provoked = len(situation.other) >= 2 and all(each == situation.defect for each in situation.other[-2:])
    return situation.defect if provoked else situation.cooperate


@_matrix("grudger", "Friedman (1971)")
def grudger(situation: MatrixSituation, stream: Random) -> str:
    """Cooperates until the other has defected once, then defects for ever (GRIM)."""
    return situation.defect if situation.defect in situation.other else situation.cooperate


@_matrix("win-stay-lose-shift", "Nowak & Sigmund (1993)")
def win_stay_lose_shift(situation: MatrixSituation, stream: Random) -> str:
    """Cooperates first and then exactly after rounds in which both did the same (Pavlov)."""
    if not situation.own:
        return situation.cooperate
    return situation.cooperate if situation.own[-1] == situation.other[-1] else situation.defect


@_matrix("alternator", "Axelrod (1984)")
def alternator(situation: MatrixSituation, stream: Random) -> str:
    """Cooperates and defects in turn, cooperation first."""
    return situation.defect if situation.own and situation.own[-1] == situation.cooperate else situation.cooperate


@_matrix("appeaser", "Axelrod library")
def appeaser(situation: MatrixSituation, stream: Random) -> str:
    """Cooperates first and changes its action whenever the other defects."""
    if not situation.own:
        return situation.cooperate
    if situation.other[-1] != situation.defect:
        return situation.own[-1]
    return situation.defect if situation.own[-1] == situation.cooperate else situation.cooperate


@_matrix("random", "Axelrod (1984)")
def random(situation: MatrixSituation, stream: Random, *, p: Probability = 0.5) -> str:
    """Cooperates with probability p."""
    return situation.cooperate if stream.random() < p else situation.defect


@_matrix("generous-tit-for-tat", "Nowak & Sigmund (1992)")
def generous_tit_for_tat(situation: MatrixSituation, stream: Random, *, p: Probability | None = None) -> str:
    """Tit-for-tat that forgives a defection with probability p, by default min(1 - (T-R)/(R-S), (R-P)/(T-P))."""
    if not situation.other or situation.other[-1] == situation.cooperate:
        return situation.cooperate
    generosity = _generosity(situation) if p is None else p
    return situation.cooperate if stream.random() < generosity else situation.defect


def _generosity(situation: MatrixSituation) -> float:
    c, d = situation.cooperate, situation.defect
    reward, sucker, temptation, punishment = (
        situation.payoffs[cell][0] for cell in ((c, c), (c, d), (d, c), (d, d))
    )
    if reward == sucker or temptation == punishment:
        raise UsageError(
            "`strategy/generous-tit-for-tat` has no generosity of its own at these payoffs (R = S or T = P); "
            "give it one: `?p=0.3`"
        )
    return min(
        1 - (temptation - reward) / (reward - sucker),
        (reward - punishment) / (temptation - punishment),
    )


def _contribute(query: Query, points: float) -> int:
    situation = query.situation
    assert isinstance(situation, ContributionSituation)
    return min(situation.endowment, max(0, round(points)))


def _contribution(name: str, source: str):
    return STRATEGIES.rule(name, plays=ContributionSituation, speak=_contribute, source=source)


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
