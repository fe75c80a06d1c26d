"""The contract of environments."""

from __future__ import annotations

import asyncio
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, get_args

import orjson

from interlab import seeds
from interlab.errors import ParameterError
from interlab.schema.episode import EndReason
from interlab.testing.arbitrary import ArbitraryActor
from interlab.testing.chance import global_stream_left_alone
from interlab.testing.eavesdropping import Eavesdropper
from interlab.testing.forgery import Forger, unmarked
from interlab.testing.recording import play, play_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interlab.actors.base import Actor
    from interlab.environments import Environment, Parameters, Scenario
    from interlab.schema.episode import Episode, Json


class EnvironmentContract(ABC):
    """Contract of every environment.

    Attributes:
        most_rounds: Within how many rounds an episode must end, where the environment names no bound of its own.
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

    def secrets_in(self, episode: Episode) -> Mapping[str, Sequence[str]]:
        """Role -> the texts that only this role may read in this episode; by default its one secret."""
        return {role: (secret,) for role, secret in self.secrets().items()}

    def actor(self, role: str, seed: int, forfeits: float) -> Actor:
        """Return the actor of a role; by default one that gives arbitrary valid answers or forfeits."""
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
                    assert all(action is None for each in episode.rounds for action in each.actions.values())

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
            steps = await play_on(twin, self.most_rounds)
            assert original.rounds_played == played, "the copy's play moved the original on"
            again = original.copy()
            assert await play_on(again, self.most_rounds) == steps, "two copies play on differently"
            assert again.result == twin.result
            assert await original.step() == steps[0], "the original plays on unlike its copy"

    def test_queries_can_be_answered(self) -> None:
        """Every query has a prompt, a type that has valid answers, and a default (if any) that is one."""
        actors = {role: ArbitraryActor(role, seed) for seed, role in enumerate(self._roles())}
        environment = self._class(self._parameters, actors, 1)
        asyncio.run(play(environment, most_rounds=self.most_rounds))
        queries = [query for actor in actors.values() for query in actor.queries]
        assert queries, "no one is ever asked anything"
        for query in queries:
            assert query.prompt.strip()
            wanted = query.wanted
            if query.default is not None:
                wanted.parse(wanted.to_text(query.default))
            if query.situation is not None:
                assert isinstance(query.situation, environment.situation)

    def test_private_information_stays_private(self) -> None:
        """Private information is told to its role and reaches no other, from first to last."""
        environment = self._new()
        seats = {role: Eavesdropper(actor) for role, actor in environment.actors.items()}
        environment.actors = dict[str, Any](seats)
        rules = environment.rules
        marks = {role: f"(Your code word is sesame{number}.)" for number, role in enumerate(self._roles())}
        vars(environment)["rules"] = lambda role: f"{rules(role)}\n{marks[role]}"  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        episode = asyncio.run(play(environment, most_rounds=self.most_rounds)).episode
        secrets = [(role, text) for role, texts in self.secrets_in(episode).items() for text in texts]
        for role, seat in seats.items():
            assert marks[role] in seat.heard, f"{role} did not get its rules"
            for owner, secret in (*marks.items(), *secrets):
                assert owner == role or secret not in seat.heard, f"{role} could read what only {owner} may know"

    def test_no_role_speaks_for_the_game(self) -> None:
        """What a role writes into any text reaches the others as data: no line of it stands unmarked."""
        for seed in range(self.episodes):
            environment = self._new(seed)
            forgers = {role: Forger(role, seeds.derive(seed, role)) for role in self._roles()}
            seats = {role: Eavesdropper(actor) for role, actor in forgers.items()}
            environment.actors = dict[str, Any](seats)
            asyncio.run(play(environment, most_rounds=self.most_rounds))
            for seat in seats.values():
                assert (line := unmarked(seat.read)) is None, f"{seat.role} reads a forged line: {line}"

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
        with global_stream_left_alone():
            asyncio.run(play(self._new()))

    def _assert_ended(self, environment: Environment[Any], episode: Episode) -> None:
        result = environment.result
        assert environment.is_finished
        assert environment.result == result, "the result changes after the end"
        assert set(result.payoffs) == set(self._roles())
        assert all(math.isfinite(payoff) for payoff in result.payoffs.values())
        assert result.end_reason in get_args(EndReason)
        assert (episode.outcome, episode.payoffs) == (result.outcome, result.payoffs), "it is not JSON"
        self._assert_within_bounds(episode)
        self._assert_books_balance(episode)

    def _assert_within_bounds(self, episode: Episode) -> None:
        most = self._class.most_rounds(self._parameters)
        played = len(episode.rounds)
        assert most is None or played <= most, f"{played} rounds were played, where there are at most {most}"

    def _assert_books_balance(self, episode: Episode) -> None:
        for role, total in episode.payoffs.items():
            rounds = [each.payoffs for each in episode.rounds if each.payoffs]
            added = math.fsum(payoffs.get(role, 0.0) for payoffs in rounds)
            close = math.isclose(added, total, rel_tol=1e-9, abs_tol=1e-9)
            assert close or not rounds, f"the rounds paid {role} {added:g}, the episode {total:g}"
        for balance in self._class.balances(self._parameters, episode):
            what, found, due = balance
            assert balance.is_even, f"{what}: {found:g} on the record, and the rules say {due:g}"

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
