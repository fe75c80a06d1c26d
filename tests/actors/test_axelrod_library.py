"""Players of the Axelrod library: that they play as in the library's own matches, and ours as they do."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from interlab.actors.axelrod import AXELROD
from interlab.actors.base import InvalidPolicy
from interlab.actors.players import player
from interlab.environments import scenario
from interlab.errors import MissingDependencyError, ParameterError, UnknownNameError, UsageError
from interlab.situations import Announcement, Query, ReciprocitySituation, announcement_of
from tests.actors.asking import answers, dilemma
from tests.actors.library_names import DETERMINISTIC, MEMORY_ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

OPPONENTS = (
    "random",
    "random?p=0.8",
    "tit-for-tat",
    "alternator",
    "grudger",
    "bully",
    "prober",
    "cycler?cycle=DDC",
)


@cache
def library() -> Any:
    """The library; a test that was asked for must not pass by not running."""
    try:
        return import_module("axelrod")
    except ImportError:
        pytest.fail("the Axelrod library is not installed: `make test-axelrod` installs it")


def match(
    first: str, second: str, changes: Mapping[str, Any], *, copy_after: int | None = None, seed: int = 5
) -> tuple[str, str]:
    """The actions of both, as played in the prisoner's dilemma."""
    found = scenario("prisoners-dilemma")
    actors = {
        role: player(spec).create_actor(role, seed + number, InvalidPolicy())
        for number, (role, spec) in enumerate({"alice": first, "bob": second}.items())
    }
    game = found.environment(found.configure(changes), actors, seed)

    async def play() -> list[Mapping[str, Any]]:
        played = game
        rounds: list[Mapping[str, Any]] = []
        while not played.is_finished:
            if len(rounds) == copy_after:
                played = played.copy()
            rounds.append((await played.step()).actions)
        return rounds

    rounds = asyncio.run(play())
    return "".join(each["alice"] for each in rounds), "".join(each["bob"] for each in rounds)


@pytest.mark.axelrod
@pytest.mark.parametrize("name", DETERMINISTIC)
@pytest.mark.parametrize("noise", [0, 0.05])
def test_our_strategies_play_as_theirs(name: str, noise: float) -> None:
    library()
    for opponent in OPPONENTS:
        changes = {"rounds": 200, "noise": noise}
        ours = match(f"strategy/{DETERMINISTIC[name]}", f"strategy/{opponent}", changes)
        theirs = match(f"axelrod/{name}", f"strategy/{opponent}", changes)
        assert ours == theirs, f"they part against {opponent}"


@pytest.mark.axelrod
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_they_play_as_in_the_librarys_own_match(name: str) -> None:
    axelrod = library()
    for opponent in ("TitForTat", "Gradual", "CyclerCCCD", "Prober"):
        played = axelrod.Match((getattr(axelrod, name)(), getattr(axelrod, opponent)()), turns=200).play()
        theirs = tuple("".join(str(actions[seat]) for actions in played) for seat in (0, 1))
        assert match(f"axelrod/{name}", f"axelrod/{opponent}", {"rounds": 200}) == theirs


@pytest.mark.axelrod
@pytest.mark.parametrize("name", MEMORY_ONE)
def test_our_memory_one_strategies_cooperate_as_often_as_theirs(name: str) -> None:
    """Against random moves, where every state comes often, and the library states its vector."""
    axelrod = library()
    theirs = getattr(axelrod, name)()._four_vector
    own, other = match(f"strategy/{MEMORY_ONE[name]}", "strategy/random", {"rounds": 8000})
    followed: dict[str, list[bool]] = {}
    for before, after in zip(zip(own, other, strict=True), own[1:], strict=False):
        followed.setdefault("".join(before), []).append(after == "C")
    assert len(followed) >= 2
    for state, cooperated in followed.items():
        expected = theirs[tuple(axelrod.Action.from_char(action) for action in state)]
        error = (expected * (1 - expected) / len(cooperated)) ** 0.5
        assert sum(cooperated) / len(cooperated) == pytest.approx(expected, abs=4.5 * error + 1e-9), state


@pytest.mark.axelrod
@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Random?p=0.3", "random?p=0.3"),
        ("FirstByTullock", "first-by-tullock"),
        ("NaiveProber?p=0.3", "naive-prober?p=0.3"),
        ("WorseAndWorse", "worse-and-worse"),
    ],
)
def test_other_strategies_of_chance_cooperate_as_often_as_theirs(name: str, ours: str) -> None:
    library()
    shares = [
        sum(match(spec, "strategy/random?p=0.7", {"rounds": 800}, seed=seed)[0].count("C") for seed in range(6))
        / 4800
        for spec in (f"axelrod/{name}", f"strategy/{ours}")
    ]
    assert shares[0] == pytest.approx(shares[1], abs=0.04)


@pytest.mark.axelrod
@pytest.mark.parametrize(
    "name",
    [
        "Random",
        "ZDExtort2",
        "ThueMorse",
        "CyclerCCD",
        "MetaHunter",
        "EvolvedHMM5",
        "DBS",
        "BackStabber",
        "ShortMem",
    ],
)
def test_same_seed_same_play_and_copies_play_on_alike(name: str) -> None:
    axelrod = library()
    states = random.getstate(), repr(import_module("numpy").random.get_state())
    whole = match(f"axelrod/{name}", "strategy/random", {"rounds": 30})
    assert match(f"axelrod/{name}", "strategy/random", {"rounds": 30}) == whole
    assert match(f"axelrod/{name}", "strategy/random", {"rounds": 30}, copy_after=12) == whole
    assert (random.getstate(), repr(import_module("numpy").random.get_state())) == states
    if axelrod.Classifiers["stochastic"](getattr(axelrod, name)()):
        assert match(f"axelrod/{name}", "strategy/random", {"rounds": 30}, seed=9) != whole


@pytest.mark.axelrod
@pytest.mark.parametrize("known", [True, False])
def test_they_know_the_last_round_only_if_it_is_known(known: bool) -> None:
    """The backstabber defects in the last two rounds."""
    library()
    own, _ = match("axelrod/BackStabber", "strategy/cooperator", {"rounds": 12, "horizon_known": known})
    assert own == "C" * 10 + ("DD" if known else "CC")


@pytest.mark.axelrod
def test_a_void_round_is_no_part_of_their_past() -> None:
    """It is asked twice for the same round, and decides once: the counters of a strategy do not run on."""
    library()
    own, other = match("axelrod/Gradual", "strategy/cycler?cycle=CDDCC", {"rounds": 20})
    rounds = [dilemma(own[:played], other[:played]) for played in range(20)]
    assert "".join(answers("axelrod/Gradual", *rounds)) == own
    twice = answers("axelrod/Gradual", *[situation for situation in rounds for _ in range(2)])
    assert "".join(twice[::2]) == "".join(twice[1::2]) == own


@pytest.mark.axelrod
async def test_what_they_announce_they_do() -> None:
    library()
    actor = player("axelrod/Random").create_actor("alice", 3, InvalidPolicy())
    for own in ("", "C", "CC", "CCC"):
        situation = dilemma(own, "C" * len(own))
        said = await actor.query(
            Query(prompt="say", expected_type=announcement_of(("C", "D")), purpose="message", situation=situation)
        )
        done = await actor.query(Query(prompt="do", expected_type=str, situation=situation))
        assert said == Announcement(f"I will choose {done}.", done)


@pytest.mark.axelrod
def test_their_options_and_ours() -> None:
    library()
    assert match("axelrod/Cycler?cycle=CDD", "strategy/cooperator", {"rounds": 6})[0] == "CDDCDD"
    assert match("axelrod/Handshake?initial_plays=DDC", "strategy/cooperator", {"rounds": 4})[0] == "DDCD"
    spec = "axelrod/MemoryOnePlayer?four_vector=0,0,1,1&initial=D"
    assert match(spec, "strategy/cooperator", {"rounds": 4})[0] == "DCDC"
    own, _ = match("axelrod/Cooperator?noise=0.5", "strategy/cooperator", {"rounds": 1000})
    assert own.count("D") == pytest.approx(500, abs=60)
    assert (player("axelrod/TitForTat").kind, player("axelrod/TitForTat").plays) == (
        "axelrod",
        ReciprocitySituation,
    )


@pytest.mark.axelrod
@pytest.mark.parametrize(
    ("spec", "kind", "complaint"),
    [
        (
            "axelrod/TitForTatt",
            UnknownNameError,
            "the Axelrod library has no strategy `TitForTatt`; did you mean `TitForTat`",
        ),
        ("axelrod/Darwin", UsageError, "`axelrod/Darwin` looks into the other player's program"),
        (
            "axelrod/Random?q=1",
            ParameterError,
            "`axelrod/Random?q=1`: `q` is not an option; known are `noise`, `p`",
        ),
        ("axelrod/Random?p=x", ParameterError, "`axelrod/Random?p=x`: the library does not take these options"),
        ("axelrod/TitForTat?noise=2", ParameterError, "option `noise`: Input should be less than or equal to 1"),
    ],
)
def test_what_does_not_exist_or_fit(spec: str, kind: type[Exception], complaint: str) -> None:
    library()
    with pytest.raises(kind) as caught:
        player(spec)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.axelrod
def test_a_strategy_that_is_undefined_at_these_payoffs_says_so() -> None:
    library()
    flat = dict.fromkeys([("C", "C"), ("C", "D"), ("D", "C"), ("D", "D")], (1.0, 1.0))
    with pytest.raises(UsageError, match="it is not defined at these payoffs"):
        answers("axelrod/ZDExtort2", dilemma(payoffs=flat))


def test_without_the_library_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "axelrod", None)
    with pytest.raises(MissingDependencyError, match="`axelrod/TitForTat` needs the Axelrod library: run `pip"):
        player("axelrod/TitForTat")


def test_listing_players_does_not_import_the_library() -> None:
    code = (
        "import sys; from interlab.cli.app import main; sys.argv[1:] = ['list', 'players']\n"
        "try:\n    main()\nfinally:\n    print('imported', 'axelrod' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines()[-1] == "imported False", ended.stderr
    assert any(line.startswith("axelrod/NAME") for line in ended.stdout.splitlines())
    assert list(AXELROD.players()) == ["axelrod/NAME"]
