"""Questions whose answers are texts, one of some options, or a number, for custom actors.

Each is a step on the record, with the model's calls below it. ``say`` is a model's ``send`` or anything that takes
messages and comes back with a reply.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, TypeVar

from pydantic import Field

from interlab.errors import InvalidAnswerError, ParameterError
from interlab.queries.asking import Reply, ask
from interlab.queries.messages import ChatMessage
from interlab.tracing.steps import record_step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from interlab.queries.asking import Send

T = TypeVar("T")

_TAG: Final = re.compile(r"[A-Za-z][\w-]*")


class Say(Protocol):
    """Function that sends messages to a model that answers in free text."""

    def __call__(self, messages: Sequence[ChatMessage], /) -> Awaitable[Reply]:
        """Send the messages and wait for the answer."""
        ...


async def choose(send: Send, question: str, options: Sequence[str], *, attempts: int = 3) -> str:
    """Ask for one of several options.

    Args:
        send: Who is asked.
        question: What is asked.
        options: What there is to choose from, at least two.
        attempts: How often to ask at most.

    Raises:
        InvalidAnswerError: No answer was one of them.
        ModelError: A call failed.
    """
    if len(set(options)) < 2:
        raise ParameterError("a choice needs at least two options")
    return await _typed(send, f"{question}\nOptions: {', '.join(options)}.", Literal[tuple(options)], attempts)


async def number(
    send: Send, question: str, least: float, most: float, *, whole: bool = False, attempts: int = 3
) -> float:
    """Ask for a number between two others, both included.

    Args:
        send: Who is asked.
        question: What is asked.
        least: The least that is valid.
        most: The greatest that is valid.
        whole: Whether it has to be a whole number.
        attempts: How often to ask at most.

    Raises:
        InvalidAnswerError: No answer was such a number.
        ModelError: A call failed.
    """
    kind = Annotated[int if whole else float, Field(ge=least, le=most)]
    return await _typed(send, f"{question}\nAnswer with a number from {least:g} to {most:g}.", kind, attempts)


async def _typed(send: Send, question: str, expected: Any, attempts: int) -> Any:
    with record_step("ask") as step:
        asked = await ask(send, [ChatMessage("user", question)], expected, attempts=attempts)
        if not asked.valid:
            raise InvalidAnswerError(f"no valid answer in {attempts} attempts: {asked.error}")
        step.came_to(str(asked.value))
    return asked.value


async def summarise(say: Say, text: str, *, words: int = 150, before: str = "", attempts: int = 3) -> str:
    """Ask for a summary of a text, again as long as it is too long; at last it is cut.

    Args:
        say: Who is asked.
        text: What is summarised.
        words: How many words the summary may have, from 1.
        before: An earlier summary that goes on with this text.
        attempts: How often to ask at most.

    Raises:
        ModelError: A call failed.
    """
    if words < 1:
        raise ParameterError(f"a summary of {words} words says nothing; give at least 1")
    earlier = f"Summary of what happened before:\n{before}\n\n" if before else ""
    task = f"Summarise all of the above in at most {words} words. Keep names, numbers and promises."
    request = f"{earlier}{text}\n\n{task}"
    conversation = [ChatMessage("user", request)]
    with record_step("summarise") as step:
        summary = ""
        for _ in range(attempts):
            summary = (await say(tuple(conversation))).text.strip()
            if summary and len(summary.split()) <= words:
                break
            conversation = [
                conversation[0],
                ChatMessage("assistant", summary or "(no answer)"),
                ChatMessage(
                    "user",
                    f"Your summary has {len(summary.split())} words. Write at least one word and at most {words}.",
                ),
            ]
        summary = " ".join(summary.split()[:words])
        step.came_to(summary)
    return summary


def tagged(text: str, tag: str) -> str:
    """Read what stands between ``<tag>`` and ``</tag>``, the last time that it does; case does not matter.

    Raises:
        InvalidAnswerError: It stands nowhere.

    Example:
        >>> tagged("Hm. <move>C</move> No: <Move> D </Move>", "move")
        'D'
    """
    if not _TAG.fullmatch(tag):
        raise ParameterError(
            f"invalid tag `{tag}`: expected letters, digits, `_` and `-`, beginning with a letter"
        )
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL | re.IGNORECASE)
    if not found:
        raise InvalidAnswerError(f"the answer does not contain <{tag}>...</{tag}>")
    return found[-1].strip()


async def repeat(action: Callable[[], Awaitable[T]], *, attempts: int = 3) -> T:
    """Do something again as long as its answer is invalid.

    Args:
        action: What is done.
        attempts: How often at most, from 1.

    Raises:
        InvalidAnswerError: The last attempt's.
    """
    for _ in range(attempts - 1):
        try:
            return await action()
        except InvalidAnswerError:
            continue
    return await action()
