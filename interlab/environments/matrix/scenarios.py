"""The matrix games on the shelf: tables, action names, words, and where they come from."""

from __future__ import annotations

from typing import Any, Final

from interlab.environments.base import HEALTH, Scenario
from interlab.environments.matrix.game import MatrixGame
from interlab.environments.matrix.parameters import MatrixParameters

_COOPERATION: Final = (
    "cooperation_rate",
    "mutual_cooperation",
    "memory_one",
    "niceness",
    "first_defection",
    "retaliation",
    "forgiveness",
    "net_exploitation",
)
_COORDINATION: Final = ("coordination_rate", "alternation_rate", "equilibrium_balance")
_PAYOFF: Final = ("mean_payoff", "payoff_efficiency")


def _dilemma(
    name: str, summary: str, source: str, payoffs: tuple[float, float, float, float], **words: str
) -> Scenario:
    """A symmetric game of two actions, one of them cooperation.

    Args:
        name: Of the scenario.
        summary: One line.
        source: Where it comes from.
        payoffs: R, S, T, P: of mutual cooperation, exploited, exploiting, of mutual defection.
        words: Names of the two actions, ``c`` and ``d``.
    """
    reward, sucker, temptation, punishment = payoffs
    c, d = words.get("c", "C"), words.get("d", "D")
    return Scenario(
        name=name,
        summary=summary,
        environment=MatrixGame,
        parameters=MatrixParameters(
            actions=(c, d),
            cooperate=c,
            payoffs={
                f"{c},{c}": (reward, reward),
                f"{c},{d}": (sucker, temptation),
                f"{d},{c}": (temptation, sucker),
                f"{d},{d}": (punishment, punishment),
            },
            labels={c: "X", d: "Y"},
        ),
        metrics=(*_COOPERATION, *_PAYOFF, *HEALTH),
        source=source,
    )


def _game(
    name: str,
    summary: str,
    source: str,
    table: tuple[tuple[tuple[float, float], ...], ...],
    actions: tuple[str, ...],
    *,
    labels: tuple[str, ...] = (),
    metrics: tuple[str, ...] = _PAYOFF,
) -> Scenario:
    """A game in which both have the same actions and none of them is cooperation."""
    given: dict[str, Any] = {
        "actions": actions,
        "cooperate": None,
        "payoffs": table,
        "labels": dict(zip(actions, labels, strict=False)),
    }
    return Scenario(
        name=name,
        summary=summary,
        environment=MatrixGame,
        parameters=MatrixParameters.model_validate(given),
        metrics=(*metrics, *HEALTH),
        source=source,
    )


PRISONERS_DILEMMA: Final = _dilemma(
    "prisoners-dilemma",
    "Two players choose again and again whether to cooperate; defection pays, mutual defection hurts.",
    "Axelrod, R. (1984). The Evolution of Cooperation. Basic Books.",
    (3, 0, 5, 1),
)
STAG_HUNT: Final = _dilemma(
    "stag-hunt",
    "Hunting stag together pays most, but only together; hare is safe.",
    "Skyrms, B. (2004). The Stag Hunt and the Evolution of Social Structure. Cambridge, after Rousseau (1755).",
    (4, 0, 3, 2),
    c="stag",
    d="hare",
)
CHICKEN: Final = _dilemma(
    "chicken",
    "Going straight pays if the other swerves; if neither swerves, both lose most.",
    "Rapoport, A. & Chammah, A. (1966). The game of chicken. American Behavioral Scientist 10(3), 10-28.",
    (3, 1, 5, 0),
    c="swerve",
    d="straight",
)
DEADLOCK: Final = _dilemma(
    "deadlock",
    "Both prefer mutual defection to mutual cooperation: a control in which defection is right.",
    "Oye, K. (1985). Explaining cooperation under anarchy. World Politics 38(1), 1-24.",
    (1, 0, 3, 2),
)
HARMONY: Final = _dilemma(
    "harmony",
    "Cooperation pays more whatever the other does: a control in which cooperation is right.",
    "Oye, K. (1985). Explaining cooperation under anarchy. World Politics 38(1), 1-24.",
    (3, 1, 2, 0),
)
BATTLE_OF_THE_SEXES: Final = _game(
    "battle-of-the-sexes",
    "Both want to meet, each at a different place: giving in pays less, missing each other pays nothing.",
    "Luce, R. D. & Raiffa, H. (1957). Games and Decisions. Wiley.",
    (((2, 1), (0, 0)), ((0, 0), (1, 2))),
    ("ballet", "fight"),
    labels=("X", "Y"),
    metrics=(*_COORDINATION, *_PAYOFF),
)
COORDINATION: Final = _game(
    "coordination",
    "Doing the same pays both alike, whatever it is.",
    "Schelling, T. (1960). The Strategy of Conflict. Harvard.",
    (((1, 1), (0, 0)), ((0, 0), (1, 1))),
    ("left", "right"),
    labels=("X", "Y"),
    metrics=(*_COORDINATION, *_PAYOFF),
)
MATCHING_PENNIES: Final = _game(
    "matching-pennies",
    "One wins if both show the same side, the other if they differ; nothing but chance is safe.",
    "von Neumann, J. (1928). Zur Theorie der Gesellschaftsspiele. Mathematische Annalen 100, 295-320.",
    (((1, -1), (-1, 1)), ((-1, 1), (1, -1))),
    ("heads", "tails"),
    labels=("X", "Y"),
    metrics=("mean_payoff",),
)
ROCK_PAPER_SCISSORS: Final = _game(
    "rock-paper-scissors",
    "Each of three actions beats one and loses to another.",
    "Maynard Smith, J. (1982). Evolution and the Theory of Games. Cambridge.",
    (((0, 0), (-1, 1), (1, -1)), ((1, -1), (0, 0), (-1, 1)), ((-1, 1), (1, -1), (0, 0))),
    ("rock", "paper", "scissors"),
    labels=("X", "Y", "Z"),
    metrics=("mean_payoff",),
)
MATRIX: Final = _game(
    "matrix",
    "Any table of payoffs for two players, of the user's own: `-p @game.toml`, or `actions` and `payoffs`.",
    "Rapoport, A. & Guyer, M. (1966). A taxonomy of 2 x 2 games. General Systems 11, 203-214.",
    (((3, 4), (2, 2)), ((1, 1), (4, 3))),
    ("A", "B"),
)
