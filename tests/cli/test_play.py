"""``interlab play``, and people in ``interlab run``, with answers that are piped in."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from interlab import registry
from interlab.cli.opponents import opponent
from interlab.environments import scenario
from interlab.episodes.from_spans import episodes_from_spans
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.schema.episode import Episode
    from tests.cli.conftest import CommandLine

    Pipe = Callable[..., None]

DILEMMA = ("play", "prisoners-dilemma", "-p", "rounds=2")


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Pipe:
    """Pipe lines into the standard input."""

    def pipe(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return pipe


def episode() -> Episode:
    (run,) = Path("runs").iterdir()
    (only,) = episodes_from_spans(read_spans(run / "spans"))
    return only


def test_answers_can_be_piped_in(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("X", "2")
    said = interlab(*DILEMMA)
    assert said.code == 0
    assert "alice> X\n" in said.err
    assert "Round 2: you chose Y and bob chose X." in said.err
    assert "  payoffs  alice  8  you\n           bob    3  strategy/tit-for-tat\n" in said.out
    assert "mutual cooperation  –      –     0.5\n" in said.out
    assert "usd" not in said.out
    assert said.out.splitlines()[-1].startswith("run  runs/")


def test_an_invalid_answer_is_asked_for_again(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("Z", "W", "X", "X")
    assert interlab(*DILEMMA).err.count("Choose one of 1 (X), 2 (Y).") == 2
    assert [turn.attempts for turn in episode().all_turns if turn.role == "alice"] == [3, 1]


def test_where_the_input_ends_one_line_says_so(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("X")
    said = interlab(*DILEMMA)
    assert said.code == 2
    (run,) = Path("runs").iterdir()
    assert said.err.endswith(
        "alice> \ninterlab: a person was to answer, and the input has ended; "
        f"`interlab resume {run}` goes on where it stopped\n"
    )
    pipe("Y", "Y")
    assert interlab("resume", str(run)).code == 0
    assert episode().payoffs == {"alice": 6, "bob": 1}


def test_without_any_input_one_line_says_so(interlab: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    said = interlab(*DILEMMA)
    assert said.code == 2
    assert "the input has ended" in said.err.splitlines()[-1]


def test_a_pipe_is_read_no_further_than_it_is_needed(
    interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"X\r\nY\nnot for you\n")
    os.close(writer)
    with os.fdopen(reader) as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert interlab(*DILEMMA).code == 0
        assert file.read() == "not for you\n"


def test_results_for_a_program_are_all_that_is_on_standard_output(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("X")
    said = interlab(
        *("run", "prisoners-dilemma", "-p", "rounds=1", "--json"),
        *("--player", "alice=strategy/tit-for-tat", "--player", "bob=human?attempts=3"),
    )
    assert orjson.loads(said.out)["episodes"] == {"planned": 1, "done": 1, "failed": 0}
    assert "You are bob" in said.err


def test_the_other_seats(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("0")
    arguments = ("play", "public-goods", "--as", "bob", "-p", "rounds=1", "-p", "members=3")
    given = ("--against", "carol=strategy/free-rider", "--against", "alice=strategy/full-contributor")
    assert interlab(*arguments, *given).code == 0
    assert {seat.role: seat.player for seat in episode().seats} == {
        "alice": "strategy/full-contributor",
        "bob": "human",
        "carol": "strategy/free-rider",
    }


def test_a_question_mark_shows_the_rules_again(interlab: CommandLine, pipe: Pipe) -> None:
    pipe("?", "X", "X")
    assert interlab(*DILEMMA).err.count("If you choose X and bob chooses X") == 2


@pytest.mark.parametrize("name", registry.names("environments"))
def test_there_is_somebody_to_play_against_in_every_scenario(name: str) -> None:
    found = scenario(name)
    assert opponent(name, found.parameters.model_dump(mode="json")).partition("/")[0] in {"strategy", "negotiator"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prisoners-dilemna",), "no scenario is called `prisoners-dilemna`; did you mean `prisoners-dilemma`?"),
        (("quickstart",), "no scenario is called `quickstart`; the nearest of"),
        (("stag-hunt", "--as", "alise"), "`stag-hunt` has no role `alise`; did you mean `alice`?"),
        (("stag-hunt", "--against", "alice=human"), "invalid role `alice` in `--against`: known are `bob`"),
        (("stag-hunt", "--against", "tit-for-tat"), "invalid player `tit-for-tat`: expected `prefix/name`"),
        (("stag-hunt", "-p", "rounds=0"), "parameter `rounds` of `stag-hunt`"),
        (
            ("public-goods", *("--against", "human") * 2),
            "2 players for 3 other seats (bob, carol, dave): give one `--against` for all, or one for each",
        ),
        (
            ("public-goods", "--against", "bob=human", "--against", "dave=human"),
            "no one plays `carol`: add `--against`",
        ),
        (("price-negotiation", "--against", "strategy/tit-for-tat"), "cannot play `price-negotiation`"),
    ],
)
def test_what_cannot_be_played(interlab: CommandLine, arguments: tuple[str, ...], message: str) -> None:
    said = interlab("play", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not Path("runs").exists()


def test_an_episode_that_fails(interlab: CommandLine, pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    async def step(self: object) -> None:
        raise RuntimeError("the dice are lost")

    monkeypatch.setattr(scenario("prisoners-dilemma").environment, "step", step)
    pipe()
    said = interlab(*DILEMMA)
    assert said.code == 1
    assert said.err == "the episode failed: RuntimeError: the dice are lost\n"
    assert said.out.strip().startswith("run  runs/")


def test_people_are_on_the_list(interlab: CommandLine) -> None:
    assert "human " in interlab("list", "players").out
    assert "interlab play stag-hunt --against human" in interlab("play", "--help").out
