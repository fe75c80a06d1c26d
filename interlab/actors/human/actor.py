"""Actors that are people: they sit at a desk, see what their role may know, and answer in their own time."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import Field

from interlab.actors.base import Actor, InvalidPolicy, Player, Reply
from interlab.actors.human import Question, room
from interlab.errors import InvalidAnswerError
from interlab.queries import thought_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.human import Desk, Room
    from interlab.player_spec import PlayerSpec
    from interlab.situations import Observation, Query


class HumanActor(Actor):
    """A person in a role.

    An invalid answer is asked for again with the reason, as often as it takes; each is an attempt on the record.

    Args:
        role: The seat's name.
        player: The player spec that filled the seat.
        desk: Where the person sits.
        attempts: How often the person may try to answer validly; ``None`` for any number of times.
        policy: What happens after that.
    """

    def __init__(
        self,
        role: str,
        player: str,
        desk: Desk,
        *,
        attempts: int | None = None,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, policy)
        self._desk = desk
        self._attempts = attempts

    def observe(self, observation: Observation) -> None:
        """Show it to the person, or keep it until they look."""
        super().observe(observation)
        self._desk.tell(observation)

    async def query(self, query: Query) -> Any:
        """Answer a question, on the record; waiting for one's turn at a shared desk is not part of the answer."""
        async with self._desk.turn():
            return await super().query(query)

    async def reply(self, query: Query) -> Reply:
        """Ask the person until the answer is valid, or the attempts are used up."""
        question = Question(prompt=query.prompt, wanted=query.wanted, attempts=self._attempts)
        attempts = 0
        while True:
            answer = await self._desk.ask(question)
            attempts += 1 + answer.slips
            left = None if self._attempts is None else self._attempts - attempts
            try:
                value = question.wanted.parse(answer.text).value
            except InvalidAnswerError as error:
                question = replace(question, complaint=str(error), attempts=left)
            else:
                return Reply(
                    value=value,
                    attempts=attempts,
                    valid=attempts == 1,
                    thought=thought_of(value),
                    problem=question.complaint,
                )
            if left is not None and left <= 0:
                return Reply(value=None, attempts=attempts, valid=False, problem=question.complaint)

    async def goodbye(self) -> None:
        """Show the person what happened last."""
        await self._desk.leave()

    def copy(self) -> Self:
        """A copy at the same desk."""
        clone = copy.copy(self)
        clone._unread = list(self._unread)
        return clone


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOptions:
    """Options of a person in a seat.

    Attributes:
        attempts: How often they may try to answer validly, if not any number of times.
    """

    attempts: Annotated[int, Field(ge=1)] | None = None


class Person(Player):
    """A person, who takes a seat in a room.

    Args:
        spec: The player spec.
        place: The room.

    Raises:
        ParameterError: An option is unknown or has a bad value.
    """

    def __init__(self, spec: PlayerSpec, place: Room) -> None:
        super().__init__(str(spec), "human")
        self.at_terminal = place.at_terminal
        self._name = spec.name
        self._attempts = spec.read_options(PersonOptions).attempts
        self._room = place

    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        """Create the actor of one episode; its seed is unused, as people draw from no random stream."""
        del seed
        desk = self._room.desk(role, self._name)
        return HumanActor(role, self.spec, desk, attempts=self._attempts, policy=policy)


class People:
    """People: ``human``, or ``human/NAME`` to tell several apart."""

    def players(self) -> Mapping[str, str]:
        """Kinds of things that can be listed."""
        return {
            "human": "A person at this terminal, in any seat of any scenario.",
            "human/NAME": "The same, with a name that tells people apart.",
        }

    def player(self, spec: PlayerSpec) -> Player:
        """Make a person.

        Raises:
            ParameterError: An option is unknown or has a bad value.
        """
        return Person(spec, room())


HUMAN: Final = People()
"""All people."""
