"""Reasoning styles of language models: none, chain of thought, or plan and reflection.

A style thinks before the question is put. What it writes is private: it stands in the record and in the model's
own prompt, and reaches no other role. Tools of a model's are used here as well: a custom style may converse
and look things up as often as it likes before the question is put. An entry point of ``interlab.styles`` names it.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Protocol, Self

from pydantic import Field

from interlab import registry
from interlab.errors import ConfigurationError
from interlab.queries import ChatMessage, answer_type, ask
from interlab.tracing.steps import record_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.queries import Reply, Send
    from interlab.situations import Query

_REASON: Final = (
    "Before you answer, think step by step about what you know, what the others may do, and what each option "
    "would lead to. No one else will see your reasoning. Do not give your answer yet. Use at most 120 words."
)
_PLAN: Final = (
    "Before you answer, describe your plan for this move and the following ones. No one else will see it. Be "
    "brief."
)
_REFLECT: Final = (
    "Before you continue, look back at what has happened since your last decision. What do you believe about each "
    "of the others now, and what have you learned for your own decisions? No one else will see this."
)


class Talk(Protocol):
    """The conversation as it stands, in which a style may ask the model privately."""

    @property
    def send(self) -> Send:
        """Function that sends messages to the model."""
        ...

    def messages(self, *more: ChatMessage) -> Sequence[ChatMessage]:
        """The conversation so far, with more messages at its end."""
        ...

    async def say(self, *more: ChatMessage) -> Reply:
        """Let the model answer in free text to the conversation with more messages at its end."""
        ...


@dataclass(frozen=True, slots=True)
class Thought:
    """Result of thinking.

    Attributes:
        text: The thought in words; ``None`` if there was none.
        before: What the model is told before the question, as part of it; empty for nothing.
    """

    text: str | None = None
    before: str = ""


class Style(ABC):
    """Style of thinking before an answer."""

    @abstractmethod
    async def think(self, query: Query, talk: Talk) -> Thought:
        """Think about a question before it is put.

        Raises:
            ModelError: A call to the model failed.
        """

    def copy(self) -> Self:
        """A copy that lives on independently."""
        return copy.deepcopy(self)


class OneShot(Style):
    """Answers at once."""

    async def think(self, query: Query, talk: Talk) -> Thought:
        """Nothing."""
        return Thought()


class ChainOfThought(Style):
    """Reasons in free text, then answers (Wei et al. 2022)."""

    async def think(self, query: Query, talk: Talk) -> Thought:
        """Reason about the question."""
        with record_step("reason") as step:
            text = (await talk.say(ChatMessage("user", f"{query.prompt}\n{_REASON}"))).text.strip()
            step.came_to(text)
        return Thought(text, f"Your reasoning about the next question: {text}") if text else Thought()


@dataclass(frozen=True, slots=True)
class Reflection:
    """Your beliefs and conclusions so far.

    The first line is part of the schema that the model reads.

    Attributes:
        beliefs: The model's beliefs about the others.
        lesson: What the model has learned for its decisions.
    """

    beliefs: Annotated[str, Field(max_length=600, description="What you believe about each of the others.")]
    lesson: Annotated[str, Field(max_length=300, description="What you have learned for your own decisions.")]


class PlanActReflect(Style):
    """Plans before every move, and looks back after it at what the others did (after Shinn et al. 2023).

    Beliefs about the others and the lesson are carried on from look to look; what is said to others is said at
    once, with these notes in mind.
    """

    def __init__(self) -> None:
        self._notes: Reflection | None = None
        self._has_moved = False

    async def think(self, query: Query, talk: Talk) -> Thought:
        """Look back, if there is anything to look back at, then plan."""
        if query.purpose != "action":
            return Thought(before=self._noted())
        if self._has_moved:
            await self._reflect(talk)
        self._has_moved = True
        noted = self._noted()
        with record_step("plan") as step:
            asked = "\n".join(part for part in (noted, query.prompt, _PLAN) if part)
            plan = (await talk.say(ChatMessage("user", asked))).text.strip()
            step.came_to(plan)
        before = "\n".join(part for part in (noted, f"Your plan: {plan}" if plan else "") if part)
        return Thought(before or None, before)

    async def _reflect(self, talk: Talk) -> None:
        with record_step("reflect") as step:
            question = "\n".join(part for part in (self._noted(), _REFLECT) if part)
            wanted = answer_type(Reflection)
            asked = await ask(talk.send, talk.messages(ChatMessage("user", question)), wanted, attempts=2)
            if (
                asked.value is not None
            ):  # else the notes stay as they are: a thought is nothing to fail an episode for
                self._notes = asked.value
                step.came_to(wanted.to_text(asked.value))

    def _noted(self) -> str:
        if self._notes is None:
            return ""
        notes = self._notes
        return f"Your beliefs about the others: {notes.beliefs}\nWhat you have learned so far: {notes.lesson}"


def style(name: str) -> Style:
    """Make the style that an entry point of ``interlab.styles`` names.

    Raises:
        UnknownNameError: No style has this name.
        ConfigurationError: What is registered under the name makes no style.
    """
    make = registry.load("styles", name)
    made = make() if callable(make) else None
    if not isinstance(made, Style):
        raise ConfigurationError(f"what the entry point `{name}` of `interlab.styles` names makes no Style")
    return made
