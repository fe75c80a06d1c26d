"""For tests of one's own actors, environments and models: contracts to inherit, and doubles.

A contract is a class of tests that holds for every actor, environment or model. Inherit it in a test module,
say how yours is made, and pytest (or any other runner of ``test_*`` methods) does the rest::

    from interlab.testing import EnvironmentContract

    class TestMyGame(EnvironmentContract):
        def scenario(self):
            return MY_GAME

:func:`play` and :func:`record` record an episode in memory, without files or the registry. Ids and clock are
those of :class:`CountingIds` and :class:`FakeClock`, so that two recordings of the same play are equal.
"""

from __future__ import annotations

import asyncio
import math
import random
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast, get_args

import orjson
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from interlab import seeds
from interlab.actors.arbitrary import ArbitraryActor, arbitrary
from interlab.actors.desks import ScriptedDesk, ScriptedRoom
from interlab.errors import ParameterError
from interlab.models.base import ChatMessage, ChatRequest
from interlab.models.scripted import ScriptedModel
from interlab.queries import answer_type, to_json
from interlab.situations import Observation, Query
from interlab.tracing.doubles import CountingIds, FakeClock
from interlab.tracing.episodes import EndReason, Seat
from interlab.tracing.reading import episode_from_trace
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from interlab.actors.base import Actor
    from interlab.environments import Environment, Parameters, Scenario, Step
    from interlab.models.base import Model
    from interlab.tracing.content import Content
    from interlab.tracing.episodes import Episode, Json

__all__ = [
    "ActorContract",
    "ArbitraryActor",
    "CountingIds",
    "EnvironmentContract",
    "FakeClock",
    "ModelContract",
    "Recording",
    "ScriptedDesk",
    "ScriptedModel",
    "ScriptedRoom",
    "arbitrary",
    "play",
    "record",
]


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded of one episode.

    Attributes:
        spans: The ended spans, in the order in which they ended.
    """

    spans: list[Span] = field(default_factory=list[Span])

    @property
    def episode(self) -> Episode:
        """The episode, read back from its spans."""
        return episode_from_trace(self.spans)

    def read_by(self, role: str) -> str:
        """Everything that a role was told and asked until its last query, as one text."""
        turns = [turn for turn in self.episode.all_turns if turn.role == role]
        return "\n".join("\n".join((*turn.observations, turn.prompt or "")) for turn in turns)


class _Keeper(SpanProcessor):
    def __init__(self, kept: list[Span]) -> None:
        self._kept = kept

    def on_end(self, span: ReadableSpan) -> None:
        self._kept.append(Span.from_readable(span))


@contextmanager
def record(header: EpisodeHeader | None = None, *, content: Content = "full") -> Generator[Recording]:
    """Record what happens in the block as one episode, in memory.

    Args:
        header: What is known of the episode; by default something that does for a test.
        content: Whether prompts and messages are recorded.

    Example:
        >>> from interlab.tracing.recorder import record_turn
        >>> with record() as recording:
        ...     with record_turn("alice", "human", purpose="action", prompt="C or D?") as turn:
        ...         turn.answered("C")
        >>> [span.name for span in recording.spans]
        ['invoke_agent alice', 'invoke_workflow scenario']
    """
    recording = Recording()
    telemetry = Telemetry([_Keeper(recording.spans)], content=content, ids=CountingIds(), clock=FakeClock())
    with record_episode(telemetry, header or _header("scenario", (), {}, {}, 0)):
        yield recording


async def play(environment: Environment[Any], *, content: Content = "full", most_rounds: int = 1000) -> Recording:
    """Play an environment to its end and record it in memory.

    Args:
        environment: One that has not been started.
        content: Whether prompts and messages are recorded.
        most_rounds: After how many rounds to give up.

    Raises:
        AssertionError: There was no end after that many rounds.
    """
    header = _header(
        type(environment).__name__,
        [Seat(role=role, player="test", kind="test") for role in environment.actors],
        environment.parameters.model_dump(mode="json"),
        environment.game(environment.parameters),
        0,
    )
    recording = Recording()
    telemetry = Telemetry([_Keeper(recording.spans)], content=content, ids=CountingIds(), clock=FakeClock())
    with record_episode(telemetry, header) as episode:
        environment.start()
        await _play_on(environment, most_rounds)
        result = environment.result
        episode.finished(result.outcome, result.payoffs, result.end_reason)
    return recording


async def _play_on(environment: Environment[Any], most_rounds: int) -> list[Step]:
    steps: list[Step] = []
    while not environment.is_finished:
        assert environment.rounds_played < most_rounds, f"no end after {most_rounds} rounds"
        with record_round(environment.rounds_played + 1) as round_:
            steps.append(await environment.step())
            round_.played(steps[-1].actions, steps[-1].payoffs, steps[-1].facts)
    return steps


def _header(
    scenario: str, seats: Sequence[Seat], parameters: Mapping[str, Json], game: Mapping[str, Json], seed: int
) -> EpisodeHeader:
    return EpisodeHeader(
        run="run",
        suite="suite",
        scenario=scenario,
        condition="condition",
        id="condition.0",
        index=0,
        seed=seed,
        seats=seats,
        parameters=parameters,
        game=game,
    )


class ActorContract(ABC):
    """What holds for every actor that decides by its seed (a language model's does not)."""

    role: str = "alice"

    @abstractmethod
    def actor(self, role: str, seed: int) -> Actor:
        """Make the actor, new."""

    @abstractmethod
    def script(self) -> Sequence[Observation | Query]:
        """What one episode tells and asks the actor, in order; at least two queries."""

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
        _assert_random_is_left_alone(lambda: _follow(self._new(), self.script()))

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


class EnvironmentContract(ABC):
    """What holds for every environment.

    Attributes:
        most_rounds: Within how many rounds an episode must end.
        episodes: How many episodes are played, each with a seed of its own.
    """

    most_rounds: int = 1000
    episodes: int = 3

    @abstractmethod
    def scenario(self) -> Scenario:
        """The scenario whose environment is tested."""

    def changes(self) -> Mapping[str, Json]:
        """Parameters that differ from the scenario's own."""
        return {}

    def secrets(self) -> Mapping[str, str]:
        """Role -> a text that only this role may ever read; choose one that no other text holds by chance."""
        return {}

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        """Who plays; by default an actor that gives arbitrary valid answers, and forfeits so often."""
        return ArbitraryActor(role, seed, forfeits=forfeits)

    def test_roles_are_few_and_distinct(self) -> None:
        """There are roles, each with a name of its own and rules to read."""
        roles = self._class.roles(self._parameters)
        assert roles
        assert len(set(roles)) == len(roles)
        environment = self._new()
        assert all(environment.rules(role).strip() for role in roles)

    def test_game_and_parameters_are_json(self) -> None:
        """Both survive being written as JSON; there is no NaN and no infinity in them."""
        parameters, game = self._parameters, self._class.game(self._parameters)
        assert orjson.loads(orjson.dumps(game)) == game
        written = parameters.model_dump(mode="json")
        assert orjson.loads(orjson.dumps(written)) == written
        assert type(parameters).model_validate(written) == parameters

    def test_an_unknown_parameter_is_refused(self) -> None:
        """A misspelt parameter is an error of one line."""
        try:
            self.scenario().configure({"no such parameter": 1})
        except ParameterError as error:
            message = str(error)
        else:
            raise AssertionError("an unknown parameter was taken")
        assert "\n" not in message, "the message has several lines"

    def test_an_episode_ends_and_pays(self) -> None:
        """Every episode ends, pays every role a finite amount, and stays ended."""
        for seed in range(self.episodes):
            environment = self._new(seed)
            episode = asyncio.run(play(environment, most_rounds=self.most_rounds)).episode
            self._assert_ended(environment, episode)

    def test_forfeits_are_lived_with(self) -> None:
        """Roles that now and then, or never, make a valid move break nothing, and are on record as that."""
        for forfeits in (0.3, 1.0):
            for seed in range(self.episodes):
                environment = self._new(seed, forfeits=forfeits)
                episode = asyncio.run(play(environment, most_rounds=self.most_rounds)).episode
                self._assert_ended(environment, episode)
                if forfeits == 1.0:
                    assert {action for each in episode.rounds for action in _values(each.actions)} <= {None}

    def test_same_seed_same_play(self) -> None:
        """Two episodes of the same seed leave the same spans."""
        for seed in range(self.episodes):
            first, second = (asyncio.run(play(self._new(seed))).spans for _ in range(2))
            assert first == second

    def test_a_copy_plays_on_alike_and_independently(self) -> None:
        """A copy made half-way plays on like the original, which does not notice."""
        for seed in range(self.episodes):
            asyncio.run(self._branch(seed))

    async def _branch(self, seed: int) -> None:
        original = self._new(seed)
        original.start()
        while not original.is_finished:
            played = original.rounds_played
            twin = original.copy()
            steps = await _play_on(twin, self.most_rounds)
            assert original.rounds_played == played, "the copy's play moved the original on"
            again = original.copy()
            assert await _play_on(again, self.most_rounds) == steps, "two copies play on differently"
            assert again.result == twin.result
            assert await original.step() == steps[0], "the original plays on unlike its copy"

    def test_queries_can_be_answered(self) -> None:
        """Every query has a prompt, a type that has valid answers, and a default (if any) that is one."""
        actors = {role: ArbitraryActor(role, seed) for seed, role in enumerate(self._roles())}
        environment = self._class(self._parameters, actors, 1)
        asyncio.run(play(environment, most_rounds=self.most_rounds))
        queries = [query for actor in actors.values() for query in actor.queries]
        assert queries, "nobody is ever asked anything"
        for query in queries:
            assert query.prompt.strip()
            wanted = answer_type(query.expected_type)
            if query.default is not None:
                wanted.parse(wanted.to_text(query.default))
            if query.situation is not None:
                assert isinstance(query.situation, environment.situation)

    def test_private_information_stays_private(self) -> None:
        """What only one role may know is told to that role and reaches no other."""
        environment = self._new()
        rules, secrets = environment.rules, dict(self.secrets())
        marks = {role: f"(Your code word is sesame{number}.)" for number, role in enumerate(self._roles())}
        vars(environment)["rules"] = lambda role: f"{rules(role)}\n{marks[role]}"  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        recording = asyncio.run(play(environment, most_rounds=self.most_rounds))
        for role in {turn.role for turn in recording.episode.all_turns}:
            read = recording.read_by(role)
            assert marks[role] in read, f"{role} did not get its rules"
            for owner, secret in (*marks.items(), *secrets.items()):
                assert owner == role or secret not in read, f"{role} could read what only {owner} may know"

    def test_the_record_tells_the_whole_play(self) -> None:
        """The episode that is read back from the spans is the one that was played."""
        environment = self._new()
        episode = asyncio.run(play(environment, most_rounds=self.most_rounds)).episode
        assert len(episode.rounds) == environment.rounds_played
        assert [each.number for each in episode.rounds] == list(range(1, environment.rounds_played + 1))
        assert episode.game == self._class.game(self._parameters)
        for each in episode.rounds:
            assert set(each.actions) <= set(self._roles())
            assert set(each.payoffs) <= set(self._roles())
            assert all(math.isfinite(payoff) for payoff in each.payoffs.values())

    def test_the_global_random_stream_is_left_alone(self) -> None:
        """Chance moves come from the environment's own stream."""
        _assert_random_is_left_alone(lambda: asyncio.run(play(self._new())))

    def _assert_ended(self, environment: Environment[Any], episode: Episode) -> None:
        result = environment.result
        assert environment.is_finished
        assert environment.result == result, "the result changes after the end"
        assert set(result.payoffs) == set(self._roles())
        assert all(math.isfinite(payoff) for payoff in result.payoffs.values())
        assert result.end_reason in get_args(EndReason)
        assert (episode.outcome, episode.payoffs) == (result.outcome, result.payoffs), "it is not JSON"

    @property
    def _class(self) -> type[Environment[Any]]:
        return self.scenario().environment

    @property
    def _parameters(self) -> Parameters:
        return self.scenario().configure(self.changes())

    def _roles(self) -> tuple[str, ...]:
        return self._class.roles(self._parameters)

    def _new(self, seed: int = 0, *, forfeits: float = 0.0) -> Environment[Any]:
        actors = {role: self.actor(role, seeds.derive(seed, role), forfeits) for role in self._roles()}
        return self._class(self._parameters, actors, seed)


class ModelContract(ABC):
    """What holds for every model."""

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


_QUESTION: Final = (ChatMessage("user", "C or D?"),)


def _assert_random_is_left_alone(act: Callable[[], object]) -> None:
    before = random.getstate()
    act()
    assert random.getstate() == before, "the global random stream was drawn from: use one of your own"


def _values(actions: Mapping[str, Json]) -> list[Any]:
    return list(actions.values())
