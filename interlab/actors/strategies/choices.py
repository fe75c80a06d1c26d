"""Strategies of members of a group in which choices are counted."""

from __future__ import annotations

from collections import Counter
from random import Random

from interlab.actors.strategies.shelf import STRATEGIES, Probability
from interlab.situations import Announcement, ChoiceSituation, Query


def _choose(query: Query, option: str) -> str | Announcement:
    """Answer with an option's label."""
    situation = query.situation
    assert isinstance(situation, ChoiceSituation)
    label = situation.labels[option]
    if query.purpose == "message":
        return Announcement(f"I will choose {label}.", label)
    return label


def _tremble(situation: ChoiceSituation, option: str, stream: Random) -> str:
    return stream.choice([other for other in situation.options if other != option])


def _choice(name: str, source: str):
    return STRATEGIES.rule(name, plays=ChoiceSituation, speak=_choose, source=source, tremble=_tremble)


@_choice("random-option", "baseline")
def random_option(situation: ChoiceSituation, stream: Random) -> str:
    """Chooses any option, all equally likely."""
    return stream.choice(situation.options)


@_choice("first-option", "Schelling (1960)")
def first_option(situation: ChoiceSituation, stream: Random) -> str:
    """Chooses what is listed first."""
    return situation.options[0]


@_choice("salient-option", "Schelling (1960)")
def salient_option(situation: ChoiceSituation, stream: Random) -> str:
    """Chooses, of what can be chosen, what was chosen most often so far; at first the alphabet's first."""
    seen: Counter[str] = Counter()
    for counts in situation.counts:
        seen.update(counts)
    return min(situation.options, key=lambda option: (-seen[option], option))


@_choice("minority-seeker", "Arthur (1994)")
def minority_seeker(situation: ChoiceSituation, stream: Random) -> str:
    """Chooses what the fewest chose last round, ties at random."""
    if not situation.counts:
        return stream.choice(situation.options)
    last = situation.counts[-1]
    fewest = min(last.get(option, 0) for option in situation.options)
    return stream.choice([option for option in situation.options if last.get(option, 0) == fewest])


@_choice("volunteer", "Palfrey & Rosenthal (1984)")
def volunteer(situation: ChoiceSituation, stream: Random, *, p: Probability = 1.0) -> str:
    """Cooperates with probability `p`; where no option is cooperation, chooses the first."""
    cooperate = situation.cooperate or situation.options[0]
    others = [option for option in situation.options if option != cooperate]
    return cooperate if stream.random() < p else stream.choice(others)


@_choice("bystander", "Palfrey & Rosenthal (1984)")
def bystander(situation: ChoiceSituation, stream: Random) -> str:
    """Never cooperates; where no option is cooperation, chooses the last."""
    return next(option for option in reversed(situation.options) if option != situation.cooperate)
