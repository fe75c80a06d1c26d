"""Human actors: they see what their role may know and answer through an interface, without a time limit."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import Field

from interlab.actors.base import Actor, InvalidPolicy, Player, Reply
from interlab.actors.human import Question, chosen_interfaces
from interlab.errors import InvalidAnswerError
from interlab.queries import thought_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interlab.actors.human import HumanInterface, InterfaceFactory
    from interlab.player_spec import PlayerSpec
    from interlab.situations import Observation, Query


class HumanActor(Actor):
    """A person in a role.

    After an invalid answer the question is asked again with the reason; each answer is an attempt on the record.

    Args:
        role: The role.
        player: The player spec.
        interface: The interface of the person.
        attempts: How often the person may try to answer validly; ``None`` for any number of times.
        policy: What happens after that.
    """

    def __init__(
        self,
        role: str,
        player: str,
        interface: HumanInterface,
        *,
        attempts: int | None = None,
        policy: InvalidPolicy | None = None,
    ) -> None:
        super().__init__(role, player, policy)
        self._interface = interface
        self._attempts = attempts

    def observe(self, observation: Observation) -> None:
        """Show it to the person, or keep it until they look."""
        super().observe(observation)
        self._interface.show(observation)

    async def query(self, query: Query) -> Any:
        """Answer a question, on the record; the wait for a shared interface is not part of the turn."""
        async with self._interface.turn():
            return await super().query(query)

    async def reply(self, query: Query) -> Reply:
        """Ask the person until the answer is valid, or the attempts are used up."""
        question = Question(prompt=query.prompt, wanted=query.wanted, attempts=self._attempts)
        attempts = 0
        while True:
            answer = await self._interface.ask(question)
            attempts += 1 + answer.invalid_entries
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
        await self._interface.close()

    def copy(self) -> Self:
        """Return a copy with the same interface."""
        clone = copy.copy(self)
        clone._unread = list(self._unread)
        return clone


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOptions:
    """Options of a human player.

    Attributes:
        attempts: Number of answers to one question before the invalid policy applies; unlimited by default.
    """

    attempts: Annotated[int, Field(ge=1)] | None = None


class Person(Player):
    """A human player.

    Args:
        spec: The player spec.
        interfaces: The factory of interfaces.

    Raises:
        ParameterError: An option is unknown or has a bad value.
    """

    def __init__(self, spec: PlayerSpec, interfaces: InterfaceFactory) -> None:
        super().__init__(str(spec), "human")
        self.at_terminal = interfaces.at_terminal
        self._name = spec.name
        self._attempts = spec.read_options(PersonOptions).attempts
        self._interfaces = interfaces

    def create_actor(self, role: str, seed: int, policy: InvalidPolicy) -> Actor:
        """Create the actor of one episode; its seed is unused, as people draw from no random stream."""
        del seed
        interface = self._interfaces.interface(role, self._name)
        return HumanActor(role, self.spec, interface, attempts=self._attempts, policy=policy)


class People:
    """Family of human players: ``human``, or ``human/NAME`` for several people."""

    def players(self) -> Mapping[str, str]:
        """Return player -> description."""
        return {
            "human": "A person at this terminal, in any role of any scenario.",
            "human/NAME": "The same, with a name to distinguish people.",
        }

    def player(self, spec: PlayerSpec) -> Player:
        """Create a human player.

        Raises:
            ParameterError: An option is unknown or has a bad value.
        """
        if (interfaces := chosen_interfaces()) is None:
            from interlab.actors.terminal.terminal import TERMINAL  # rich takes a while to import

            interfaces = TERMINAL
        return Person(spec, interfaces)


HUMAN: Final = People()
"""The family of human players."""
