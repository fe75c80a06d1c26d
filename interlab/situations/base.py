"""Observations, queries, and who takes part."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, Self

from pydantic import Field

from interlab.queries import AnswerType, answer_type

if TYPE_CHECKING:
    from interlab.schema.episode import Purpose


@dataclass(frozen=True, slots=True)
class Observation:
    """Something that a role gets to know.

    Attributes:
        text: What happened, told to this role.
        kind: ``rules`` for what holds throughout the episode, ``event`` for the rest.
    """

    text: str
    kind: Literal["rules", "event"] = "event"


class Situation:
    """Base of the typed situations, one class per family of games."""

    __slots__ = ()

    games: ClassVar[str] = "any game"
    """In which games it arises: what a program that needs it is made for, in a message to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question to one role.

    Attributes:
        prompt: The question in prose.
        expected_type: The type of a valid answer: anything pydantic can validate (a dataclass, a model, an
            Enum, a ``Literal``, a number).
        purpose: A move of the game, a message, or private thought.
        situation: What the role may know, typed; ``None`` where no program is expected to play.
        default: The answer that the policy "default" falls back to.
    """

    prompt: str
    expected_type: Any
    purpose: Purpose = "action"
    situation: Situation | None = None
    default: Any = None

    @property
    def wanted(self) -> AnswerType[Any]:
        """Answer type of the expected type."""
        return answer_type(self.expected_type)


class Participant(Protocol):
    """An actor in a role, as an environment sees it."""

    @property
    def role(self) -> str:
        """The seat's name."""
        ...

    waits: ClassVar[bool]
    """True if answering takes time (a model, a person); such queries run concurrently."""

    def observe(self, observation: Observation) -> None:
        """Take something in; cheap and synchronous."""
        ...

    async def query(self, query: Query) -> Any:
        """Answer a question.

        Returns:
            A value of the expected type, or ``None`` if the role forfeits.

        Raises:
            InvalidAnswerError: No answer was valid and the policy is to fail.
        """
        ...

    def leave(self) -> None:
        """Put on the record what it was told after its last question: there will be no other."""
        ...

    def reseed(self, seed: int) -> None:
        """Draw from another random stream from here on, if from any."""
        ...

    def copy(self) -> Self:
        """A copy that lives on independently."""
        ...


@dataclass(frozen=True, slots=True)
class Announcement:
    """A message before a move (cheap talk).

    Attributes:
        message: What to say to the others.
        announced_action: The action the speaker says it will take, if it says so.
    """

    message: str
    announced_action: Any = None


@cache
def announcement_of(labels: tuple[str, ...]) -> type[Announcement]:
    """Return the type of an announcement in a game with these actions.

    A model is held to the labels, so that what it announces can be compared with what it does.

    Args:
        labels: What the players see the actions called.
    """
    return _announcement(Literal[labels], "The choice that you announce; null to announce none.")


@cache
def amount_announcement(most: int) -> type[Announcement]:
    """Return the type of an announcement in a game of amounts.

    Args:
        most: The greatest amount there can be; the least is 0.
    """
    amount = Annotated[int, Field(ge=0, le=most)]
    return _announcement(amount, "The amount that you announce; null to announce none.")


def _announcement(action: Any, description: str) -> type[Announcement]:
    said = Annotated[str, Field(description="Your message to the others; leave it empty to send none.")]
    announced = Annotated[action | None, Field(description=description)]
    return make_dataclass(
        "Announcement",
        [("message", said), ("announced_action", announced, field(default=None))],
        bases=(Announcement,),
        namespace={"__module__": __name__, "__doc__": "A message before the decision."},
        frozen=True,
    )
