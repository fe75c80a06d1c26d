"""Who talks to whom: Jaeger's dependency graph of a game with private messages."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest
from jaeger_reading import get

from interlab.actors.arbitrary import ArbitraryActor
from interlab.environments.base import Environment, Parameters, Result, Step
from interlab.situations import Query, Situation
from interlab.tracing import names
from interlab.tracing.episodes import Seat
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters import JsonlSpanProcessor, LiveExport, read_spans

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.tracing.episodes import Json
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


def edges(jaeger: Jaeger) -> dict[tuple[str, str], int]:
    fields = {"endTs": str(time.time_ns() // 1_000_000), "lookback": "3600000"}
    links: list[dict[str, Any]] = get(f"{jaeger.query}/api/dependencies", fields)["data"]
    return {(link["parent"], link["child"]): link["callCount"] for link in links}


def messages(file: Path) -> Counter[tuple[str, str]]:
    """(Speaker, hearer) -> messages, counted in what the messages themselves say."""
    return Counter(
        (str(span.attributes[names.SENDER]), receiver)
        for span in read_spans(file)
        if span.kind == "PRODUCER" and isinstance(receivers := span.attributes[names.RECEIVERS], tuple)
        for receiver in map(str, receivers)
    )


def test_there_is_an_edge_from_each_speaker_to_each_hearer_with_the_number_of_messages(
    empty_jaeger: Jaeger, file: Path
) -> None:
    said = messages(file)
    assert set(said) == {(speaker, hearer) for speaker in ROLES for hearer in ROLES if speaker != hearer}
    assert len(set(said.values())) > 1
    drawn = edges(empty_jaeger)
    assert {edge: count for edge, count in drawn.items() if names.SERVICE not in edge} == dict(said)


def test_the_services_are_the_roles_and_the_lab_itself(empty_jaeger: Jaeger, file: Path) -> None:
    assert file.stat().st_size
    assert set(get(f"{empty_jaeger.query}/api/v3/services")["services"]) == {names.SERVICE, *ROLES}


def test_the_lab_speaks_to_the_roles_and_is_never_spoken_to(empty_jaeger: Jaeger, file: Path) -> None:
    assert file.stat().st_size
    hears_the_lab = {child for parent, child in edges(empty_jaeger) if parent == names.SERVICE}
    speaks_to_the_lab = {parent for parent, child in edges(empty_jaeger) if child == names.SERVICE}
    assert hears_the_lab == {names.SERVICE, *ROLES}
    assert speaks_to_the_lab == {names.SERVICE}
