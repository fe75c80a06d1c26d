"""Repeated two-player matrix games: the prisoner's dilemma and its relatives.

One machine serves every table of payoffs; a scenario is its table, its action names and its words. Players choose
at the same time or one after the other, are told all, part or nothing of what was played, and noise may play
another action than was chosen.
"""

from interlab.environments.matrix.game import MatrixGame
from interlab.environments.matrix.parameters import ROLES, MatrixParameters
from interlab.environments.matrix.scenarios import (
    BATTLE_OF_THE_SEXES,
    CHICKEN,
    COORDINATION,
    DEADLOCK,
    HARMONY,
    MATCHING_PENNIES,
    MATRIX,
    PRISONERS_DILEMMA,
    ROCK_PAPER_SCISSORS,
    STAG_HUNT,
)

__all__ = [
    "BATTLE_OF_THE_SEXES",
    "CHICKEN",
    "COORDINATION",
    "DEADLOCK",
    "HARMONY",
    "MATCHING_PENNIES",
    "MATRIX",
    "PRISONERS_DILEMMA",
    "ROCK_PAPER_SCISSORS",
    "ROLES",
    "STAG_HUNT",
    "MatrixGame",
    "MatrixParameters",
]
