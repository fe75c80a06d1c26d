"""Runs in which people take part."""

from __future__ import annotations

import asyncio
from io import StringIO
from typing import TYPE_CHECKING

import pytest

import interlab as il
from interlab.actors.human import using_interfaces
from interlab.actors.terminal.terminal import Terminal
from interlab.console import SafeConsole
from interlab.episodes.from_spans import episodes_from_spans
from interlab.errors import InputEndedError
from interlab.testing import ScriptedInterfaces, ScriptedModel
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.actors.human import Question
    from interlab.models import ChatRequest, Model
    from interlab.running.run import Run
    from interlab.schema.episode import Episode


class Keys:
    """Lines that somebody types at a terminal."""

    typed = True

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)
        self.prompts: list[str] = []

    async def read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        await asyncio.sleep(0.01)
        return next(self._lines)


class AtTerminal(ScriptedInterfaces):
    """A room that needs the terminal."""

    at_terminal = True


def play(room: ScriptedInterfaces, out: Path, *, opponent: str = "strategy/tit-for-tat", episodes: int = 1) -> Run:
    with using_interfaces(room):
        return il.run(
            "prisoners-dilemma",
            players=["human", opponent],
            parameters={"rounds": 2},
            episodes=episodes,
            out=out,
        )


def episodes(run: Path) -> list[Episode]:
    return list(episodes_from_spans(read_spans(run / "spans")))


def test_a_person_plays_against_a_strategy(tmp_path: Path) -> None:
    room = ScriptedInterfaces(["X", "Y"])
    run = play(room, tmp_path)
    (episode,) = episodes(run.path)
    assert [(seat.player, seat.kind, seat.model) for seat in episode.seats] == [
        ("human", "human", None),
        ("strategy/tit-for-tat", "strategy", None),
    ]
    assert [each.actions["alice"] for each in episode.rounds] == ["C", "D"]
    assert all(turn.latency >= 0 for turn in episode.all_turns)
    assert run.spending.calls == 0
    (interface,) = room.interfaces
    assert interface.closed
    assert interface.shown[-1] == "Round 2: you chose Y and bob chose X. You got 5 points and bob got 0 points."


def test_people_play_against_each_other(tmp_path: Path) -> None:
    def speak(question: Question) -> str:
        return "X" if "Round 1" in question.prompt else "Y"

    room = ScriptedInterfaces(speak)
    (episode,) = episodes(play(room, tmp_path, opponent="human/bob").path)
    assert [seat.player for seat in episode.seats] == ["human", "human/bob"]
    assert episode.payoffs == {"alice": 4, "bob": 4}
    assert [interface.role for interface in room.interfaces] == ["alice", "bob"]


def test_at_a_terminal_it_is_one_episode_at_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def speak(question: Question) -> str:
        asked.append(question.prompt)
        return "X"

    play(AtTerminal(speak), tmp_path, episodes=3)
    assert asked == ["Round 1 of 2. Which action do you choose?", "Round 2 of 2. Which action do you choose?"] * 3
    assert capsys.readouterr().err == "", "progress was shown"


def test_people_at_one_terminal_take_turns_and_waiting_is_no_part_of_an_answer(tmp_path: Path) -> None:
    keys = Keys("", "1", "", "2", "", "")
    console = SafeConsole(file=StringIO(), is_terminal=True)
    with using_interfaces(Terminal(keys, console)):
        run = il.run("prisoners-dilemma", players=["human", "human"], parameters={"rounds": 1}, out=tmp_path)
    ready = "The others look away. Press Enter when you are ready. "
    assert keys.prompts == [ready, "alice> ", ready, "bob> ", ready, ready]
    turns = [span for span in read_spans(run.path / "spans") if span.name.startswith("invoke_agent")]
    first, second = sorted(turns, key=lambda span: span.start)
    assert (first.name, second.name) == ("invoke_agent alice", "invoke_agent bob")
    assert first.end <= second.start


def test_a_model_does_not_wait_for_a_person(tmp_path: Path, scripted: dict[str, Model]) -> None:
    """Both choose at the same time: the person here answers only once the model has."""
    answered = asyncio.Event()

    def speak(request: ChatRequest) -> str:
        del request
        answered.set()
        return '{"answer": "Y"}'

    class Patient(Keys):
        async def read(self, prompt: str) -> str:
            await asyncio.wait_for(answered.wait(), 60)
            return await super().read(prompt)

    scripted["model"] = ScriptedModel(speak)
    with using_interfaces(Terminal(Patient("X"), SafeConsole(file=StringIO()))):
        run = il.run(
            "prisoners-dilemma", players=["human", "scripted/model"], parameters={"rounds": 1}, out=tmp_path
        )
    (episode,) = episodes(run.path)
    assert episode.payoffs == {"alice": 0, "bob": 5}


def test_where_the_input_ends_the_run_can_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(InputEndedError) as ended:
        play(AtTerminal(["X", "X", "Y"]), tmp_path, episodes=2)
    (path,) = tmp_path.iterdir()
    assert ended.value.__notes__ == [f"`interlab resume {path}` goes on where it stopped"]
    assert len(episodes(path)) == 1, "an episode that was not played to its end has not happened"
    with using_interfaces(AtTerminal(["Y", "Y"])):
        run = il.resume(path)
    assert (run.status, run.done, run.failed) == ("completed", 2, 0)
    assert [each.rounds[1].actions["alice"] for each in episodes(path)] == ["C", "D"]


def test_nothing_that_a_person_says_is_kept_without_content(tmp_path: Path) -> None:
    with using_interfaces(ScriptedInterfaces(['{"message": "sesame", "action": "walk_away", "price": null}'])):
        run = il.run(
            "price-negotiation",
            players={"buyer": "negotiator/linear", "seller": "human"},
            content="none",
            out=tmp_path,
            progress=False,
        )
    (episode,) = episodes(run.path)
    assert episode.end_reason == "walk_away"
    assert "sesame" not in "".join(path.read_text() for path in run.path.rglob("*.jsonl"))


async def test_people_sit_in_the_chosen_room_also_in_a_notebook(tmp_path: Path) -> None:
    """Where an event loop runs already, the run goes on in a thread."""
    assert play(ScriptedInterfaces(["X", "Y"]), tmp_path).done == 1
