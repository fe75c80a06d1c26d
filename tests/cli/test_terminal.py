"""People at a real terminal."""

from __future__ import annotations

import re
import termios
from typing import TYPE_CHECKING

import orjson
import pytest

from interlab.episodes.from_spans import episodes_from_spans
from interlab_exporters import read_spans
from tests.cli.person import CTRL_C, CTRL_D, LEFT, Person

if TYPE_CHECKING:
    from pathlib import Path

    from interlab.schema.episode import Episode

DEAL = {"salary": "c", "days at home per week": "two", "holidays": "28", "start": "in one"}
DILEMMA = ("play", "prisoners-dilemma", "-p", "rounds=2")


def episode(home: Path) -> Episode:
    """The only episode of the only run."""
    (run,) = (home / "runs").iterdir()
    (only,) = episodes_from_spans(read_spans(run / "spans"))
    return only


def test_a_dilemma(tmp_path: Path) -> None:
    with Person(*DILEMMA, home=tmp_path) as person:
        rules = person.sees("Round 1 of 2. Which action do you choose?")
        assert "You are alice" in rules
        assert "If you choose X and bob chooses Y, you get 0 and bob gets 5" in rules
        person.sees("alice> ")
        person.types("Z")
        person.sees("Choose one of 1 (X), 2 (Y).")
        person.types("?")
        assert "If you choose X and bob chooses Y" in person.sees("Enter a number or a name.")
        person.sees("alice> ")
        person.types("x")
        between = person.sees("Round 2 of 2.")
        assert between.startswith("x\n"), "what is typed cannot be seen"
        assert "Round 1: you chose X and bob chose X. You got 3 points and bob got 3 points." in between
        assert "If you choose X" not in between, "the rules are shown once"
        person.types("2")
        code, end = person.leaves()
    assert code == 0
    assert "Round 2: you chose Y and bob chose X." in end
    assert re.search(r"payoffs +alice +8 +you *\n +bob +3 +strategy/tit-for-tat", end)
    assert re.search(r"run +runs/\S+-prisoners-dilemma-", end)
    played = episode(tmp_path)
    first, second = (turn for turn in played.all_turns if turn.role == "alice")
    assert (first.valid, first.attempts, first.action) == (False, 2, "X")
    assert (second.valid, second.attempts, second.action) == (True, 1, "Y")
    assert played.seat("alice").kind == "human"


def test_a_price_negotiation(tmp_path: Path) -> None:
    command = ("play", "price-negotiation", "--as", "buyer", "--against", "negotiator/agreeable")
    with Person(*command, home=tmp_path) as person:
        rules = person.sees("buyer> ")
        assert "12000 dollars" in rules
        assert "8000" not in rules
        person.types("offer")
        person.sees("price: The price you offer. (a number from 0)")
        person.types("nothing")
        person.sees("Enter a number from 0.")
        person.types("9,500 dollars")
        person.sees("buyer, message> ")
        person.types(f"Te much!{LEFT * 6}\x7foo")
        code, end = person.leaves()
    assert code == 0
    assert "There is a deal." in end
    played = episode(tmp_path)
    assert played.outcome["price"] == 9500
    assert [message.text for message in played.rounds[0].messages if message.sender == "buyer"] == ["Too much!"]


def test_bargaining_issue_by_issue(tmp_path: Path) -> None:
    with Person("play", "bargaining", "--against", "negotiator/agreeable", home=tmp_path) as person:
        assert re.search(r"salary +50,000 euros +0 *\n +55,000 euros +9", person.sees("candidate> "))
        person.types("1")
        for when in ("offered", "written down when it is accepted"):
            for issue, entry in DEAL.items():
                person.sees(f"candidate, {issue}> ")
                person.types(entry)
            if when == "offered":
                person.sees("candidate, message> ")
                person.types("")
        code, _ = person.leaves()
    assert code == 0
    assert episode(tmp_path).end_reason == "agreement"


def test_ctrl_c_stops_and_resume_goes_on(tmp_path: Path) -> None:
    with Person("run", "prisoners-dilemma", "--player", "human", "-p", "rounds=1", home=tmp_path) as person:
        person.sees("Press Enter when you are ready.")
        person.types("")
        person.sees("alice> ")
        person.presses(CTRL_C)
        code, end = person.leaves()
    assert code == 130
    (hint,) = re.findall(r"interrupted; `interlab (resume \S+)` goes on where it", end.replace("\n", " "))
    assert "Traceback" not in end
    with Person(*hint.split(), home=tmp_path) as person:
        for role in ("alice", "bob"):
            person.sees(f"{role}: your turn")
            person.types("")
            person.sees(f"{role}> ")
            person.types("1")
        for role in ("alice", "bob"):
            person.sees(f"{role}: your turn")
            person.types("")
            person.sees("Round 1: you chose X")
        code, _ = person.leaves()
    assert code == 0
    assert episode(tmp_path).payoffs == {"alice": 3, "bob": 3}


def test_ctrl_d_stops_as_well(tmp_path: Path) -> None:
    with Person(*DILEMMA, home=tmp_path) as person:
        person.sees("alice> ")
        person.presses(CTRL_D)
        code, end = person.leaves()
    assert code == 130
    assert "goes on where it" in end.replace("\n", " ")


def test_two_people_see_nothing_of_each_other(tmp_path: Path) -> None:
    with Person("play", "price-negotiation", "--against", "human/Ann", "-p", "rounds=1", home=tmp_path) as person:
        first = person.sees("Press Enter when you are ready.")
        assert "seller (Ann): your turn" in first
        assert "dollars" not in first, "figures are shown only to who is ready"
        person.types("")
        mine = person.sees("seller> ")
        assert "8000 dollars" in mine
        assert "12000" not in mine
        person.types("offer")
        person.sees("seller, price> ")
        person.types("11000")
        person.sees("seller, message> ")
        person.types("Eleven?")
        assert "buyer: your turn" in person.sees("Press Enter when you are ready.")
        person.types("")
        theirs = person.sees("buyer> ")
        assert "12000 dollars" in theirs
        assert "8000" not in theirs
        assert 'Message from seller: "Eleven?"' in theirs
        person.types("accept")
        person.sees("buyer, message> ")
        person.types("Yes.")
        person.sees("seller (Ann): your turn")
        person.types("")
        assert 'Message from buyer: "Yes."' in person.sees("The end")
        code, _ = person.leaves()
    assert code == 0


def test_who_types_ahead_is_understood(tmp_path: Path) -> None:
    with Person("play", "prisoners-dilemma", "-p", "rounds=30", home=tmp_path) as person:
        before = termios.tcgetattr(person.terminal)
        person.types("\r".join(["1"] * 29))
        person.sees("Round 30 of 30.")
        person.sees("alice> ")
        person.types("Y")
        assert person.leaves()[0] == 0
        assert termios.tcgetattr(person.terminal) == before
    assert [each.actions["alice"] for each in episode(tmp_path).rounds] == ["C"] * 29 + ["D"]


def test_results_can_go_elsewhere(tmp_path: Path) -> None:
    command = ("run", "prisoners-dilemma", "--player", "human", "-p", "rounds=1", "--json")
    with (tmp_path / "results.json").open("wb") as out, Person(*command, home=tmp_path, out=out) as person:
        for role in ("alice", "bob"):
            person.sees(f"{role}: your turn")
            person.types("")
            person.sees(f"{role}> ")
            person.types("1")
        for role in ("alice", "bob"):
            person.sees(f"{role}: your turn")
            person.types("")
        code, _ = person.leaves()
    assert code == 0
    assert orjson.loads((tmp_path / "results.json").read_bytes())["status"] == "completed"


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_the_terminal_is_left_as_it_was(tmp_path: Path, key: str) -> None:
    """Whoever types behind it sees what is typed."""
    with Person(*DILEMMA, home=tmp_path) as person:
        before = termios.tcgetattr(person.terminal)
        person.sees("alice> ")
        assert termios.tcgetattr(person.terminal) != before, "the line cannot be edited"
        person.presses(key)
        assert person.leaves()[0] == 130
        assert termios.tcgetattr(person.terminal) == before
