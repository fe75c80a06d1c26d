"""Who talks to whom: Jaeger's dependency graph of a game with private messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Literal

import pytest

from interlab.environments.base import Environment, Parameters, Result, Step
from interlab.schema import names
from interlab.schema.episode import Seat
from interlab.situations import Query, Situation
from interlab.testing.arbitrary import ArbitraryActor
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor, LiveExport
from tests.system.command_line import succeed
from tests.system.jaeger_reading import edges, get, messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from interlab.schema.episode import Json
    from tests.daemons import Jaeger

pytestmark = pytest.mark.jaeger

ROLES: Final = ("ann", "ben", "cal", "dee")
ROUNDS: Final = 12
Audience = Literal["ann", "ben", "cal", "dee", "everybody"]


class Whispers(Environment[Parameters]):
    """Each of four confides in one of the others, or in all of them; who picks itself says nothing."""

    situation = Situation

    @classmethod
    def roles(cls, parameters: Parameters) -> tuple[str, ...]:
        del parameters
        return ROLES

    @classmethod
    def game(cls, parameters: Parameters) -> dict[str, Json]:
        del parameters
        return {}

    def rules(self, role: str) -> str:
        return f"You are {role}. Confide in whom you like."

    async def step(self) -> Step:
        self.rounds_played += 1
        asked = Query(prompt="Whom do you tell?", expected_type=Audience, purpose="message")
        answers = await self.ask(dict.fromkeys(ROLES, asked))
        for speaker, audience in answers.items():
            chosen = [role for role in ROLES if audience in (role, "everybody") and role != speaker]
            if chosen:
                self.say(speaker, chosen, f"Between us: it is round {self.rounds_played}.")
        return Step(answers)

    @property
    def is_finished(self) -> bool:
        return self.rounds_played >= ROUNDS

    @property
    def result(self) -> Result:
        return Result(outcome={}, payoffs=dict.fromkeys(ROLES, 0.0), end_reason="completed")


async def play_whispers(telemetry: Telemetry, seed: int) -> None:
    actors = {role: ArbitraryActor(role, seed * 10 + number) for number, role in enumerate(ROLES)}
    environment = Whispers(Parameters(), actors, seed)
    header = EpisodeHeader(
        run="whispers",
        suite="whispers",
        scenario="whispers",
        condition="c",
        id=f"c.{seed}",
        index=seed,
        seed=seed,
        seats=[Seat(role=role, player="test/arbitrary", kind="test") for role in ROLES],
    )
    with record_episode(telemetry, header) as episode:
        environment.start()
        while not environment.is_finished:
            with record_round(environment.rounds_played + 1) as round_:
                round_.played((await environment.step()).actions, {})
        episode.finished({}, environment.result.payoffs, "completed")


@pytest.fixture
def file(empty_jaeger: Jaeger, tmp_path: Path) -> Path:
    """The spans of three episodes, which Jaeger has as well."""
    path = tmp_path / "spans.jsonl"
    telemetry = Telemetry([JsonlSpanProcessor(path), LiveExport(empty_jaeger.otlp)])
    for seed in range(3):
        asyncio.run(play_whispers(telemetry, seed))
    telemetry.close()
    return path


def test_there_is_an_edge_from_each_speaker_to_each_hearer_with_the_number_of_messages(
    empty_jaeger: Jaeger, file: Path
) -> None:
    said = messages(file)
    assert set(said) == {(speaker, hearer) for speaker in ROLES for hearer in ROLES if speaker != hearer}
    assert len(set(said.values())) > 1
    assert edges(empty_jaeger, of_roles=True) == said


def test_the_services_are_the_roles_and_the_lab_itself(empty_jaeger: Jaeger, file: Path) -> None:
    assert file.stat().st_size
    assert set(get(f"{empty_jaeger.query}/api/v3/services")["services"]) == {names.SERVICE, *ROLES}


def test_the_lab_speaks_to_the_roles_and_is_never_spoken_to(empty_jaeger: Jaeger, file: Path) -> None:
    assert file.stat().st_size
    hears_the_lab = {child for parent, child in edges(empty_jaeger) if parent == names.SERVICE}
    speaks_to_the_lab = {parent for parent, child in edges(empty_jaeger) if child == names.SERVICE}
    assert hears_the_lab == {names.SERVICE, *ROLES}
    assert speaks_to_the_lab == {names.SERVICE}


class TestMoreThanAHundredEpisodes:
    EPISODES = 130
    ROUNDS = 2
    """In each of them both announce once."""

    @pytest.fixture
    def play(self, tmp_path: Path) -> Callable[[Jaeger], Path]:
        def played(jaeger: Jaeger) -> Path:
            succeed(
                *(
                    "run",
                    "prisoners-dilemma",
                    "--player",
                    "strategy/tit-for-tat",
                    "--quiet",
                    "--otlp",
                    jaeger.otlp,
                ),
                *("-p", f"rounds={self.ROUNDS}", "-p", "talk=true", "-n", str(self.EPISODES), "--out", tmp_path),
            )
            (path,) = tmp_path.iterdir()
            return path

        return played

    def test_all_are_drawn_from_memory(self, empty_jaeger: Jaeger, play: Callable[[Jaeger], Path]) -> None:
        said = messages(play(empty_jaeger) / "spans")
        assert set(said.values()) == {self.EPISODES * self.ROUNDS}
        assert edges(empty_jaeger, of_roles=True) == said

    def test_a_hundred_traces_are_drawn_from_disk(
        self, persistent_jaeger: Jaeger, play: Callable[[Jaeger], Path]
    ) -> None:
        """Jaeger looks at as many when it draws from Badger, and cannot be told otherwise (docs/jaeger.md)."""
        said = messages(play(persistent_jaeger) / "spans")
        drawn = edges(persistent_jaeger, of_roles=True)
        assert set(drawn) == set(said)
        assert {count // self.ROUNDS for count in drawn.values()} <= {99, 100}  # the run's own trace may be one
