"""Scripted interfaces: answers are given in advance; all that is shown and asked is kept."""

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


class ScriptedInterface:
    """An interface whose answers are given in advance.

    Args:
        role: The role.
        speaker: Function that answers a question.

    Attributes:
        shown: Texts shown to the person, in order.
        asked: Questions, in order.
        closed: True once the episode is over.
    """

    def __init__(self, role: str, speaker: Speaker) -> None:
        self.role = role
        self.shown: list[str] = []
        self.asked: list[Question] = []
        self.closed = False
        self._speaker = speaker

    def show(self, observation: Observation) -> None:
        """Keep the text."""
        self.shown.append(observation.text)

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Return at once: nothing is shared."""
        return nullcontext()

    async def ask(self, question: Question) -> Answer:
        """Answer."""
        self.asked.append(question)
        return Answer(self._speaker(question))

    async def close(self) -> None:
        """Note that the episode is over."""
        self.closed = True


class ScriptedInterfaces:
    """Factory of scripted interfaces.

    Args:
        answers: Answers in the order of all questions, over all roles; or a function of the question.

    Attributes:
        interfaces: The interfaces created so far.
    """

    at_terminal = False

    def __init__(self, answers: Sequence[str] | Speaker) -> None:
        self.interfaces: list[ScriptedInterface] = []
        self._speaker = answers if callable(answers) else _reading_out(answers)

    def interface(self, role: str, name: str) -> ScriptedInterface:
        """Create an interface."""
        del name
        made = ScriptedInterface(role, self._speaker)
        self.interfaces.append(made)
        return made


def _reading_out(answers: Sequence[str]) -> Speaker:
    remaining = iter(answers)

    def speak(question: Question) -> str:
        for answer in remaining:
            return answer
        raise InputEndedError(f"the script has no answer to: {question.prompt}")

    return speak
