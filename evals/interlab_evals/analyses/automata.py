"""Strategies for the repeated prisoner's dilemma as finite automata, and what they prescribe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from interlab.errors import ParameterError, UnknownNameError
from interlab.registry import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

CandidateSet = Literal["DF2011", "extended"]
"""A named set of candidates; results depend on it."""


@dataclass(frozen=True, slots=True)
class Automaton:
    """A strategy: a state prescribes a probability of cooperating, what was played leads to the next state.

    Attributes:
        name: What it is called.
        cooperates: State -> probability of cooperating; it starts in the first.
        moves: State -> next state after CC, CD, DC and DD, written (own, other), by what was really played.
    """

    name: str
    cooperates: tuple[float, ...]
    moves: tuple[tuple[int, int, int, int], ...]

    def prescriptions(self, joint: Integers) -> Floats:
        """Tell what the strategy would have done in each round, given what was really played before.

        Args:
            joint: Shape (games, rounds): 0 to 3 for CC, CD, DC and DD; what follows a game's end does not matter.

        Returns:
            Shape (games, rounds): probabilities of cooperating.
        """
        cooperates, moves = np.array(self.cooperates), np.array(self.moves)
        state = np.zeros(len(joint), dtype=np.int64)
        found = np.empty(joint.shape)
        for t in range(joint.shape[1]):
            found[:, t] = cooperates[state]
            state = moves[state, joint[:, t]]
        return found


AUTOMATA: Final[Mapping[str, Automaton]] = {
    each.name: each
    for each in (
        Automaton("ALLD", (0,), ((0, 0, 0, 0),)),
        Automaton("ALLC", (1,), ((0, 0, 0, 0),)),
        Automaton("GRIM", (1, 0), ((0, 1, 1, 1), (1, 1, 1, 1))),
        Automaton("TFT", (1, 0), ((0, 1, 0, 1), (0, 1, 0, 1))),
        Automaton("WSLS", (1, 0), ((0, 1, 1, 0), (0, 1, 1, 0))),
        Automaton("T2", (1, 0, 0), ((0, 1, 1, 1), (2, 2, 2, 2), (0, 0, 0, 0))),
        Automaton("DTFT", (0, 1), ((1, 0, 1, 0), (1, 0, 1, 0))),
        Automaton("TF2T", (1, 1, 0), ((0, 1, 0, 1), (0, 2, 0, 2), (0, 2, 0, 2))),
        Automaton("2TFT", (1, 0, 0), ((0, 1, 0, 1), (2, 1, 2, 1), (0, 1, 0, 1))),
        Automaton("RAND", (0.5,), ((0, 0, 0, 0),)),
    )
}
"""The strategies known by name.

Always defect and always cooperate; grim trigger, tit for tat, win-stay lose-shift (also PTFT), a trigger with two
rounds of punishment: the six of Dal Bó and Fréchette (2011). Then tit for tat that starts by defecting (also
STFT), that defects after two defections in a row, that punishes a defection twice; and a coin.
"""

_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "DF2011": ("ALLD", "ALLC", "GRIM", "TFT", "WSLS", "T2"),
    "extended": tuple(AUTOMATA),
}


def candidates(chosen: CandidateSet | Sequence[str | Automaton]) -> tuple[Automaton, ...]:
    """Give the automata of a set, or of a list of names and automata.

    Raises:
        UnknownNameError: No set, or no strategy, has this name.
        ParameterError: There is none, or two have one name.
    """
    if isinstance(chosen, str):
        if chosen not in _SETS:
            raise UnknownNameError(
                f"no set of strategies is called `{chosen}`; {suggestion(chosen, list(_SETS))}, or give a list"
            )
        chosen = _SETS[chosen]
    found = tuple(each if isinstance(each, Automaton) else _named(each) for each in chosen)
    if not found or len({each.name for each in found}) < len(found):
        raise ParameterError("`strategies` must name at least one strategy, and each once")
    return found


def _named(name: str) -> Automaton:
    if name not in AUTOMATA:
        raise UnknownNameError(f"no strategy is called `{name}`; {suggestion(name, list(AUTOMATA))}")
    return AUTOMATA[name]
