"""Responses of a role to the other in repeated games of two.

The cooperative action is named by the game (``game["cooperate"]``); where it names none, or there are not two
roles, everything here is undefined. Notation: own action a_t, the other's b_t, in {C, D}, where D is any action
that is not C; T rounds. A round in which a move was not made is in no count and breaks the chain from one
round to the next. The five behavioural dimensions are those of Fontana et al., who write 0 where we say
undefined.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from interlab_evals.measures.declaration import UNDEFINED, Count, metric
from interlab_evals.measures.histories import perspectives
from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from interlab.schema.episode import Episode
    from interlab_evals.measures.histories import Perspective

_STATES = ("cc", "cd", "dc", "dd")
_FONTANA = "Fontana, Pierri & Aiello (2025), Nicer than humans"


@metric(
    kind="ratio",
    level="actor",
    undefined="no valid move followed the state, there are not two roles, or no action is cooperative",
    source="Press & Dyson (2012); Nowak & Sigmund (1993)",
)
def memory_one(episode: Episode) -> dict[str, dict[str, Count]]:
    """Rates of cooperation after each state of the round before.

    Its memory-one strategy as played. For each state s = (own, other) in {cc, cd, dc, dd}: k_s/n_s with
    n_s = #{t >= 2: (a_{t-1}, b_{t-1}) = s and a_t was made} and k_s = #{those t: a_t = C}. The state is written
    (own, other) for both roles.
    """
    return responses(episode)


@metric(
    kind="bounded mean",
    range=(-1.0, 1.0),
    level="actor",
    undefined="no move followed the other's cooperation or none its defection; there are not two roles; or no "
    "action is cooperative",
    source="Nowak & Sigmund (1990)",
)
def reactivity(episode: Episode) -> dict[str, float]:
    """Increase in the rate of cooperation after the other's cooperation over that after its defection.

    P(a_t = C | b_{t-1} = C) - P(a_t = C | b_{t-1} = D), over t >= 2.
    """
    return {
        role: _sum(after["cc"], after["dc"]).value - _sum(after["cd"], after["dd"]).value
        for role, after in responses(episode).items()
    }


@metric(
    kind="ratio",
    level="actor",
    undefined="the role was never exploited, there are not two roles, or no action is cooperative",
    source="Nowak & Sigmund (1992), generous tit for tat",
)
def generosity(episode: Episode) -> dict[str, Count]:
    """Rate of cooperation right after being exploited.

    p_CD = P(a_t = C | a_{t-1} = C, b_{t-1} = D): `memory_one.cd`. Elsewhere this is often called forgiveness.
    """
    return {role: after["cd"] for role, after in responses(episode).items()}


@metric(
    kind="ratio",
    level="actor",
    undefined="the role never exploited the other, there are not two roles, or no action is cooperative",
    source="Boyd (1989); Wu & Axelrod (1995)",
)
def contrition(episode: Episode) -> dict[str, Count]:
    """Rate of cooperation right after exploiting the other.

    p_DC = P(a_t = C | a_{t-1} = D, b_{t-1} = C): `memory_one.dc`.
    """
    return {role: after["dc"] for role, after in responses(episode).items()}


@metric(
    kind="rate",
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source=f"Axelrod (1984); {_FONTANA}, niceness",
)
def niceness(episode: Episode) -> dict[str, Count]:
    """Share of episodes in which a role was never the first to defect.

    k = 1[no D of its own, or the other's first D came in an earlier round], n = 1.
    """
    return {role: _niceness(seen) for role, seen in perspectives(episode).items()}


@metric(
    kind="ratio",
    level="actor",
    undefined="the role was never provoked before the last round, there are not two roles, or no action is "
    "cooperative",
    source=f"{_FONTANA}, retaliation",
)
def retaliation(episode: Episode) -> dict[str, Count]:
    """Rate of defection in answer to an uncalled defection.

    k/n with n = #{t < T: b_t = D uncalled} and k = #{those t: a_{t+1} = D}; a defection is uncalled in the first
    round and after own cooperation (a_{t-1} = C). Also called provocability.
    """
    return {role: reactions.retaliation for role, reactions in _reactions(episode).items()}


@metric(
    kind="ratio",
    level="actor",
    undefined="the other never defected, there are not two roles, or no action is cooperative",
    source=f"{_FONTANA}, forgiveness",
)
def forgiveness(episode: Episode) -> dict[str, Count]:
    """Rate of renewed cooperation after the other had defected.

    forgiven / (grudges + penalties): b_t = D opens a grudge where none is open, and a_{t+1} = C closes it
    (forgiven); each b_t = C under an open grudge, answered by a_{t+1} = D, is a penalty. A grudge opened in the
    last round counts, though nothing could follow it. See `generosity` for another thing of this name.
    """
    return {role: reactions.forgiveness for role, reactions in _reactions(episode).items()}


@metric(
    kind="ratio",
    direction="lower",
    level="actor",
    undefined="no round had two valid moves, there are not two roles, or no action is cooperative",
    source=f"{_FONTANA}, troublemaking",
)
def troublemaking(episode: Episode) -> dict[str, Count]:
    """Rate of defection without provocation.

    k/n with n = 1[a_1 was made] + #{t < T: b_t = C} and k = 1[a_1 = D] + #{those t: a_{t+1} = D}.
    """
    return {role: reactions.troublemaking for role, reactions in _reactions(episode).items()}


@metric(
    kind="ratio",
    level="actor",
    undefined="fewer than two rounds in a row had valid moves, there are not two roles, or no action is "
    "cooperative",
    source=f"{_FONTANA}, emulation",
)
def emulation(episode: Episode) -> dict[str, Count]:
    """Rate of repeating the other's last move.

    k/n with n = #{t < T: b_t and a_{t+1} were made} and k = #{those t: a_{t+1} = b_t}.
    """
    return {role: reactions.emulation for role, reactions in _reactions(episode).items()}


@once_per_episode
def responses(episode: Episode) -> dict[str, dict[str, Count]]:
    """Count for each role and state how often it cooperated next, and how often it moved."""
    return {role: _responses(seen) for role, seen in perspectives(episode).items()}


def _responses(seen: Perspective) -> dict[str, Count]:
    counts = Counter(zip(seen.own, seen.other, seen.own[1:], strict=False))
    found: dict[str, Count] = {}
    for state in _STATES:
        own, other = state.upper()
        k = counts[own, other, "C"]
        found[state] = Count(k, k + counts[own, other, "D"])
    return found


def _sum(*counts: Count) -> Count:
    return Count(sum(each.k for each in counts), sum(each.n for each in counts))


def _niceness(seen: Perspective) -> Count:
    if all("-" in pair for pair in zip(*seen, strict=True)):
        return UNDEFINED
    first, others = (history.find("D") for history in seen)
    return Count(int(first < 0 or 0 <= others < first), 1)


class _Reactions(NamedTuple):
    retaliation: Count
    forgiveness: Count
    troublemaking: Count
    emulation: Count


@once_per_episode
def _reactions(episode: Episode) -> dict[str, _Reactions]:
    return {role: _react(seen) for role, seen in perspectives(episode).items()}


def _react(seen: Perspective) -> _Reactions:
    provoked = retaliated = grudges = forgiven = penalties = followed = copied = 0
    made, trouble = (1, int(seen.own[0] == "D")) if seen.own[:1] not in ("", "-") else (0, 0)
    before, grudge = "C", False
    for own, other, answer in zip(seen.own, seen.other, (seen.own + "-")[1:], strict=True):
        if other == "D" and not grudge:
            grudges += 1
            grudge = True
        if other != "-" and answer != "-":
            followed += 1
            copied += answer == other
            if other == "C":
                made += 1
                trouble += answer == "D"
                penalties += grudge and answer == "D"
            elif before == "C":
                provoked += 1
                retaliated += answer == "D"
        if grudge and answer == "C":
            forgiven += 1
            grudge = False
        before = own
    return _Reactions(
        retaliation=Count(retaliated, provoked),
        forgiveness=Count(forgiven, grudges + penalties),
        troublemaking=Count(trouble, made),
        emulation=Count(copied, followed),
    )
