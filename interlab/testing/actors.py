"""The contract of actors."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from interlab.queries import answer_type, to_json
from interlab.situations import Observation, Query
from interlab.testing.chance import global_stream_left_alone
from interlab.testing.recording import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.actors.base import Actor


class ActorContract(ABC):
    """Contract of every actor that decides by its seed (a language model does not)."""

    role: str = "alice"

    @abstractmethod
    def actor(self, role: str, seed: int) -> Actor:
        """Make the actor, new."""

    @abstractmethod
    def script(self) -> Sequence[Observation | Query]:
        """Observations and queries of one episode, in order; at least two queries."""

    def test_answers_have_the_expected_type(self) -> None:
        """Every answer is a forfeit, or can be written down and read back as an answer of its type."""
        for query, answer in zip(self._queries(), _follow(self._new(), self.script()), strict=True):
            if answer is not None:
                wanted = answer_type(query.expected_type)
                read = wanted.parse(wanted.to_text(answer)).value
                assert to_json(read) == to_json(answer), f"{answer!r} reads back as {read!r}"

    def test_same_seed_same_play(self) -> None:
        """Two actors of the same seed answer alike."""
        assert _follow(self._new(), self.script()) == _follow(self._new(), self.script())

    def test_a_copy_plays_on_alike_and_independently(self) -> None:
        """A copy made half-way answers like the original, and neither notices what the other lives through."""
        script = self.script()
        whole = _follow(self._new(), script)
        for half in range(len(script) + 1):
            actor = self._new()
            before = _follow(actor, script[:half])
            twin = actor.copy()
            assert _follow(twin, script[half:]) == whole[len(before) :], "the copy answers otherwise"
            assert _follow(actor, script[half:]) == whole[len(before) :], "the copy's play changed the original"

    def test_every_query_is_recorded(self) -> None:
        """Every query leaves a turn with its prompt, what was observed before, and the answer."""
        with record() as recording:
            answers = _follow(self._new(), self.script())
        turns = recording.episode.turns
        assert [turn.prompt for turn in turns] == [query.prompt for query in self._queries()]
        assert [turn.action for turn in turns] == [to_json(answer) for answer in answers]
        assert {turn.role for turn in turns} == {self.role}
        told = [each.text for each in self.script() if isinstance(each, Observation)]
        seen = [text for turn in turns for text in turn.observations]
        assert seen == told[: len(seen)]

    def test_the_global_random_stream_is_left_alone(self) -> None:
        """An actor draws from a stream of its own."""
        with global_stream_left_alone():
            _follow(self._new(), self.script())

    def _new(self) -> Actor:
        return self.actor(self.role, 1)

    def _queries(self) -> list[Query]:
        return [each for each in self.script() if isinstance(each, Query)]


def _follow(actor: Actor, script: Sequence[Observation | Query]) -> list[Any]:
    async def answers() -> list[Any]:
        given: list[Any] = []
        for each in script:
            if isinstance(each, Query):
                given.append(await actor.query(each))
            else:
                actor.observe(each)
        return given

    return asyncio.run(answers())
