"""People in a script: what each is told and asked is kept, what each answers is given beforehand."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from interlab.actors.human.base import Answer
from interlab.errors import InputEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from interlab.actors.human.base import Question
    from interlab.situations import Observation

    Speaker = Callable[[Question], str]


class ScriptedDesk:
    """A desk at which the answers are known beforehand.

    Args:
        role: The seat's name.
        speaker: Answers a question.

    Attributes:
        told: Every text that the person was told.
        asked: Every question.
        left: Whether the episode came to its end.
    """

    def __init__(self, role: str, speaker: Speaker) -> None:
        self.role = role
        self.told: list[str] = []
        self.asked: list[Question] = []
        self.left = False
        self._speaker = speaker

    def tell(self, observation: Observation) -> None:
        """Keep what is told."""
        self.told.append(observation.text)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Nobody is in the way."""
        return nullcontext()

    async def ask(self, question: Question) -> Answer:
        """Answer."""
        self.asked.append(question)
        return Answer(self._speaker(question))

    async def leave(self) -> None:
        """Note that it is over."""
        self.left = True


class ScriptedRoom:
    """A room of scripted desks.

    Args:
        answers: The answers, in the order in which people are asked, whoever is asked; or a function of the
            question.

    Attributes:
        desks: All desks so far.
    """

    at_terminal = False

    def __init__(self, answers: Sequence[str] | Speaker) -> None:
        self.desks: list[ScriptedDesk] = []
        self._speaker = answers if callable(answers) else _reading_out(answers)

    def desk(self, role: str, name: str) -> ScriptedDesk:
        """Make a desk."""
        del name
        made = ScriptedDesk(role, self._speaker)
        self.desks.append(made)
        return made


def _reading_out(answers: Sequence[str]) -> Speaker:
    remaining = iter(answers)

    def speak(question: Question) -> str:
        for answer in remaining:
            return answer
        raise InputEndedError(f"the script has no answer to: {question.prompt}")

    return speak
