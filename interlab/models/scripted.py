"""A model that says what it was told to say: the double for tests of everything above models."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from interlab.errors import ModelError
from interlab.models.base import ChatRequest, ChatResponse, Model, Sampling
from interlab.tracing.recorder import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from interlab.models.limits import Limits


class ScriptedModel(Model):
    """Answers from a script.

    Tokens are counted as words: those of all messages in, those of the answer out.

    Attributes:
        requests: Every request so far, in order.

    Example:
        >>> import asyncio
        >>> from interlab.models import ChatMessage
        >>> model = ScriptedModel(['{"answer": "C"}'])
        >>> request = ChatRequest(messages=(ChatMessage("user", "C or D?"),))
        >>> asyncio.run(model.complete(request)).text
        '{"answer": "C"}'
    """

    def __init__(
        self,
        answers: Iterable[str] | Callable[[ChatRequest], str],
        *,
        errors: Mapping[int, Exception] | None = None,
        finish_reason: str = "stop",
        refusal: str | None = None,
        latency: float = 0.0,
        takes_schema: bool = True,
        provider: str = "scripted",
        name: str = "scripted",
        sampling: Sampling | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Write the script.

        Args:
            answers: The answers in order (``itertools.cycle`` for one without end), or what makes an answer
                of a request.
            errors: What is raised instead of an answer, by number of the call, from 0. A call that raises
                uses up no answer.
            finish_reason: Why every answer ends.
            refusal: What is said instead of every answer.
            latency: Seconds that a call takes.
            takes_schema: Whether a schema reaches the model, or is written into the prompt.
            provider: Who seems to serve the model.
            name: What the model is called.
            sampling: What holds for every request that does not say otherwise.
            limits: How many calls may be under way.
        """
        super().__init__(provider, name, sampling=sampling or Sampling(), limits=limits, free=True)
        self._takes_schema = takes_schema
        self.requests: list[ChatRequest] = []
        self._answers = answers if callable(answers) else self._in_turn(iter(answers))
        self._errors = dict(errors or {})
        self._finish_reason = finish_reason
        self._refusal = refusal
        self._latency = latency

    @property
    def takes_schema(self) -> bool:
        """Whether a schema reaches the model, or is written into the prompt."""
        return self._takes_schema

    async def _complete(self, request: ChatRequest) -> ChatResponse:
        call = len(self.requests)
        self.requests.append(request)
        await asyncio.sleep(self._latency)
        if call in self._errors:
            raise self._errors[call]
        text = "" if self._refusal else self._answers(request)
        return ChatResponse(
            text=text,
            model=self.name,
            id=f"scripted-{call}",
            finish_reason=self._finish_reason,
            refusal=self._refusal,
            usage=Usage(
                input_tokens=sum(len(message.content.split()) for message in request.messages),
                output_tokens=len((self._refusal or text).split()),
            ),
        )

    def _in_turn(self, answers: Iterator[str]) -> Callable[[ChatRequest], str]:
        def answer(_: ChatRequest) -> str:
            for each in answers:
                return each
            raise ModelError(f"the script of `{self.provider}/{self.name}` has no answer left")

        return answer
