"""An actor that asks a language model: system prompt, memory, thought, question, typed answer."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Self

from interlab.actors.base import Actor, InvalidPolicy, Reply
from interlab.actors.reasoning import OneShot, Style
from interlab.memory import Memory, WindowMemory
from interlab.queries import ChatMessage, ask, thought_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.models.base import ChatResponse, Model
    from interlab.queries import Send
    from interlab.situations import Observation, Query


class LLMActor(Actor):
    """A language model in a role.

    The rules of the game and the persona make the system prompt; what happens and what it answered itself is
    kept in a memory and told before every question.

    Args:
        role: The seat's name.
        player: The player spec that filled the seat.
        model: Who answers; shared, never copied.
        memory: What is remembered; by default everything.
        style: How it thinks before it answers; by default not at all.
        persona: First words of the system prompt.
        policy: What happens when there is no valid answer.
    """

    def __init__(
        self,
        role: str,
        player: str,
        model: Model,
        *,
        memory: Memory | None = None,
        style: Style | None = None,
        persona: str | None = None,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, policy)
        self._model = model
        self._memory = memory or WindowMemory()
        self._style = style or OneShot()
        self._system = [persona] if persona else []

    def observe(self, observation: Observation) -> None:
        """Rules go into the system prompt, everything else into memory."""
        super().observe(observation)
        if observation.kind == "rules":
            self._system.append(observation.text)
        else:
            self._memory.add(ChatMessage("user", observation.text))

    async def reply(self, query: Query) -> Reply:
        """Think, then ask the model until its answer is valid, or the attempts are used up."""
        talk = _Talk(self._model, self._system, await self._memory.recall(query.prompt))
        thought = await self._style.think(query, talk)
        question = f"{thought.before}\n{query.prompt}" if thought.before else query.prompt
        wanted = query.wanted
        conversation = talk.messages(ChatMessage("user", question))
        asked = await ask(self._model.send, conversation, wanted, attempts=self.policy.attempts)
        if asked.value is not None:
            self._memory.add(ChatMessage("user", query.prompt))
            self._memory.add(ChatMessage("assistant", wanted.to_text(asked.value)))
        return Reply(
            value=asked.value,
            attempts=asked.attempts,
            valid=asked.first_valid,
            thought=thought.text or thought_of(asked.value),
            problem=asked.error,
        )

    def copy(self) -> Self:
        """A copy with its own memory and thoughts that asks the same model."""
        clone = copy.copy(self)
        clone._memory = self._memory.copy()
        clone._style = self._style.copy()
        clone._system = list(self._system)
        clone._unread = list(self._unread)
        return clone


class _Talk:
    """The conversation before a question: system prompt, then memory."""

    def __init__(self, model: Model, system: Sequence[str], recalled: Sequence[ChatMessage]) -> None:
        self._model = model
        self._before = ([ChatMessage("system", "\n\n".join(system))] if system else []) + list(recalled)

    @property
    def send(self) -> Send:
        return self._model.send

    def messages(self, *more: ChatMessage) -> list[ChatMessage]:
        """The conversation, with what one side says in a row as one message."""
        merged: list[ChatMessage] = []
        for message in (*self._before, *more):
            if merged and merged[-1].role == message.role:
                merged[-1] = ChatMessage(message.role, f"{merged[-1].content}\n{message.content}")
            else:
                merged.append(message)
        return merged

    async def say(self, *more: ChatMessage) -> ChatResponse:
        return await self._model.send(self.messages(*more))
