"""The contract of models."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, cast

from interlab.models.base import ChatMessage, ChatRequest
from interlab.queries import answer_type
from interlab.testing.recording import record

if TYPE_CHECKING:
    from interlab.models.base import Model

_QUESTION: Final = (ChatMessage("user", "C or D?"),)


class ModelContract(ABC):
    """Contract of every model."""

    @abstractmethod
    def model(self) -> Model:
        """Make the model; it has to answer whatever it is asked."""

    def test_a_call_is_answered_and_counted(self) -> None:
        """A call gives a text, counts no negative tokens, and costs an amount or an unknown one."""
        response = self._ask(self.model(), 1)[0]
        assert isinstance(cast("object", response.text), str)
        assert min(response.usage.input_tokens, response.usage.output_tokens, response.retries) >= 0
        assert math.isnan(response.usd) or response.usd >= 0

    def test_a_call_leaves_one_span(self) -> None:
        """Within an episode a call is on record, with provider, model, messages and tokens."""
        model = self.model()
        with record() as recording:
            (response,) = self._ask(model, 1)
        chats = [span for span in recording.spans if span.kind == "CLIENT"]
        assert [span.name for span in chats] == [f"chat {model.name}"]
        attributes = chats[0].attributes
        assert attributes["gen_ai.provider.name"] == model.provider
        assert attributes["gen_ai.request.model"] == model.name
        assert attributes["gen_ai.usage.input_tokens"] == response.usage.input_tokens
        assert attributes["gen_ai.usage.output_tokens"] == response.usage.output_tokens
        assert "C or D?" in str(attributes["gen_ai.input.messages"])

    def test_calls_may_overlap(self) -> None:
        """Several calls at once are all answered."""
        assert len(self._ask(self.model(), 4)) == 4

    def test_a_closed_model_can_be_used_again(self) -> None:
        """Closing lets go of connections, and of nothing else; also in another event loop."""
        model = self.model()
        self._ask(model, 1)
        assert len(self._ask(model, 1)) == 1

    def test_a_schema_is_taken(self) -> None:
        """A request with a schema is answered, whether the endpoint takes schemas or not."""
        schema = answer_type(bool).schema
        assert len(self._ask(self.model(), 1, ChatRequest(messages=_QUESTION, schema=schema))) == 1

    def _ask(self, model: Model, calls: int, request: ChatRequest | None = None) -> list[Any]:
        async def ask() -> list[Any]:
            await model.check()
            try:
                return await asyncio.gather(
                    *(model.complete(request or ChatRequest(messages=_QUESTION)) for _ in range(calls))
                )
            finally:
                await model.close()

        return asyncio.run(ask())
