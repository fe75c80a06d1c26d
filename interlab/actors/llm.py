"""An actor that asks a language model: system prompt, memory, question, typed answer."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Self

from interlab.actors.base import Actor, InvalidPolicy, Reply
from interlab.memory import Memory, WindowMemory
from interlab.models.base import ChatRequest
from interlab.queries import ChatMessage, answer_type, ask, thought_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.models.base import ChatResponse, Model
    from interlab.queries import AnswerSchema
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
        persona: str | None = None,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, policy)
        self._model = model
        self._memory = memory or WindowMemory()
        self._system = [persona] if persona else []

    def observe(self, observation: Observation) -> None:
        """Rules go into the system prompt, everything else into memory."""
        super().observe(observation)
        if observation.kind == "rules":
            self._system.append(observation.text)
        else:
            self._memory.add(ChatMessage("user", observation.text))

    async def reply(self, query: Query) -> Reply:
        """Ask the model until its answer is valid, or the attempts are used up."""
        wanted = answer_type(query.expected_type)
        asked = await ask(self._send, self._messages(query.prompt), wanted, attempts=self.policy.attempts)
        if asked.value is not None:
            self._memory.add(ChatMessage("user", query.prompt))
            self._memory.add(ChatMessage("assistant", wanted.to_text(asked.value)))
        return Reply(
            value=asked.value,
            attempts=asked.attempts,
            valid=asked.first_valid,
            thought=thought_of(asked.value),
            problem=asked.error,
        )

    def _messages(self, prompt: str) -> list[ChatMessage]:
        """The conversation, with what one side says in a row as one message."""
        messages = [ChatMessage("system", "\n\n".join(self._system))] if self._system else []
        for message in (*self._memory.recall(), ChatMessage("user", prompt)):
            if messages and messages[-1].role == message.role:
                messages[-1] = ChatMessage(message.role, f"{messages[-1].content}\n{message.content}")
            else:
                messages.append(message)
        return messages

    async def _send(self, messages: Sequence[ChatMessage], schema: AnswerSchema) -> ChatResponse:
        return await self._model.complete(ChatRequest(messages=tuple(messages), schema=schema))

    def copy(self) -> Self:
        """A copy with its own memory that asks the same model."""
        clone = copy.copy(self)
        clone._memory = self._memory.copy()
        clone._system = list(self._system)
        clone._unread = list(self._unread)
        return clone
