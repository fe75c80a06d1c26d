"""Episodes that fail, models that cannot be called, budgets that are spent."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import interlab as il
from interlab.errors import EpisodeFailedError, ModelError, ModelUnavailableError
from interlab.models import ScriptedModel
from tests.running.record import attempts, document, episodes, only_run, roots

if TYPE_CHECKING:
    from interlab.models import Model
    from interlab.models.base import ChatResponse
    from tests.cli.conftest import CommandLine

COOPERATE = '{"answer": "X"}'
GAME = (
    *("run", "prisoners-dilemma", "--player", "alice=scripted/model", "--player", "bob=strategy/tit-for-tat"),
    *("-p", "rounds=2", "--concurrency", "1", "--quiet"),
)
"""Two calls of the model per episode, one episode after the other."""


def cooperating(*, failing: dict[int, Exception] | None = None) -> ScriptedModel:
    return ScriptedModel(itertools.repeat(COOPERATE), errors=failing)


def failures(*calls: int) -> dict[int, Exception]:
    return {call: ModelError("overloaded") for call in calls}


@pytest.fixture
def runs() -> Path:
    return Path("runs")


def test_an_episode_that_its_model_failed_is_begun_again(
    interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    scripted["model"] = cooperating(failing=failures(1, 3))
    assert interlab(*GAME, "--retries", "2").code == 0
    first, second, third = attempts(only_run(runs))
    assert [each.attempt for each in (first, second, third)] == [1, 2, 3]
    assert [each.error for each in (first, second, third)] == ["overloaded", "overloaded", None]
    assert [each.end_reason for each in (first, third)] == ["error", "completed"]


def test_a_failed_episode_is_recorded_and_the_run_goes_on(
    interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    scripted["model"] = cooperating(failing=failures(0, 1))
    said = interlab(*GAME, "--episodes", "3")
    run = only_run(runs)
    assert said.code == 1
    assert said.err == f"1 episode failed: overloaded\n`interlab resume {run}` goes on where it stopped\n"
    assert [[status for _, status in each] for each in roots(run).values()] == [["ERROR", "ERROR"], ["OK"], ["OK"]]
    assert document(run)["status"] == "completed"

    scripted["model"] = cooperating()
    assert interlab("resume", str(run), "--quiet").code == 0
    assert {(each.error, each.attempt) for each in episodes(run).values()} == {(None, 3), (None, 1)}
    assert len(attempts(run)) == 5, "failed attempts are kept"


def test_no_retries(interlab: CommandLine, scripted: dict[str, Model], runs: Path) -> None:
    scripted["model"] = cooperating(failing=failures(0))
    assert interlab(*GAME, "--retries", "0").code == 1
    assert [each.attempt for each in attempts(only_run(runs))] == [1]


def test_fail_fast_stops_at_the_first(interlab: CommandLine, scripted: dict[str, Model], runs: Path) -> None:
    scripted["model"] = cooperating(failing=failures(2))
    said = interlab(*GAME, "--episodes", "5", "--retries", "0", "--fail-fast")
    run = only_run(runs)
    assert (said.code, said.out) == (1, "")
    failed = next(name for name, episode in episodes(run).items() if episode.error)
    assert said.err == (
        f"interlab: episode `{failed}` failed: overloaded; `interlab resume {run}` goes on where it stopped\n"
    )
    assert len(attempts(run)) == 2
    assert document(run)["status"] == "failed"


def test_an_error_of_somebodys_code_is_a_failed_episode_too(scripted: dict[str, Model]) -> None:
    def broken(_: object) -> str:
        raise KeyError("colour")

    scripted["model"] = ScriptedModel(broken)
    play: dict[str, Any] = {"players": ["scripted/model"], "progress": False}
    run = il.run("prisoners-dilemma", **play)
    assert (run.done, dict(run.failures)) == (0, {"KeyError: 'colour'": 1})
    assert len(attempts(run.path)) == 1, "only a model's failure is worth another try"
    with pytest.raises(EpisodeFailedError, match="KeyError: 'colour'") as failed:
        il.run("prisoners-dilemma", execution=il.Execution(fail_fast=True), **play)
    assert isinstance(failed.value.__cause__, KeyError)


def test_a_model_that_becomes_unavailable_fails_its_remaining_episodes_without_a_call(
    interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    revoked = ModelUnavailableError("`scripted/model`: the key was revoked")
    scripted["model"] = cooperating(failing=dict.fromkeys(range(4, 100), revoked))
    said = interlab(*GAME, "--episodes", "5", "--concurrency", "1")
    run = only_run(runs)
    assert said.code == 1
    assert said.err.count("the key was revoked") == 1
    assert [status for each in roots(run).values() for _, status in each].count("OK") == 2
    assert [status for each in roots(run).values() for _, status in each].count("ERROR") == 3
    assert scripted["model"].unavailable is not None
    scripted["model"] = cooperating()
    assert interlab("resume", str(run), "--quiet").code == 0
    assert len(episodes(run)) == 5


def test_a_model_that_is_unavailable_from_the_start_leaves_nothing(
    interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    class Unavailable(ScriptedModel):
        async def check(self) -> None:
            raise ModelUnavailableError("`scripted/model` is not there")

    scripted["model"] = Unavailable([])
    assert interlab(*GAME) == (2, "", "interlab: `scripted/model` is not there\n")
    assert not runs.exists()


def test_a_budget_of_tokens_stops_cleanly(interlab: CommandLine, scripted: dict[str, Model], runs: Path) -> None:
    scripted["model"] = cooperating()
    said = interlab(*GAME, "--episodes", "6", "--max-tokens", "1")
    run = only_run(runs)
    assert said.code == 0
    assert said.err == (
        f"the budget is spent; 1 of 6 episodes are done\n`interlab resume {run}` goes on where it stopped\n"
    )
    assert document(run)["status"] == "budget"
    assert interlab("resume", str(run), "--quiet").err == ""
    assert len(episodes(run)) == 6


class Priced(ScriptedModel):
    """A model whose every call costs the same."""

    def __init__(self, usd: float) -> None:
        super().__init__(itertools.repeat(COOPERATE))
        self.price = usd

    def _usd(self, response: ChatResponse) -> float:
        return self.price


@pytest.mark.parametrize(
    ("price", "done", "told"),
    [
        (0.5, 3, "the budget is spent; 3 of 6 episodes are done"),
        (
            math.nan,
            1,
            "the budget cannot be watched: a price is unknown, use --max-tokens; 1 of 6 episodes are done",
        ),
    ],
    ids=["known price", "unknown price"],
)
def test_a_budget_of_usd_stops_cleanly(
    price: float, done: int, told: str, interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    scripted["model"] = Priced(price)
    said = interlab(*GAME, "--episodes", "6", "--max-usd", "3")
    assert (said.code, said.err.splitlines()[0]) == (0, told)
    assert len(episodes(only_run(runs))) == done


@pytest.mark.parametrize(
    ("policy", "code", "move"), [("forfeit", 0, None), ("default", 0, "D"), ("fail", 1, "nothing")]
)
def test_invalid_answers(
    policy: str, code: int, move: str | None, interlab: CommandLine, scripted: dict[str, Model], runs: Path
) -> None:
    scripted["model"] = model = ScriptedModel(itertools.repeat("no idea"))
    said = interlab(*GAME, "-p", "rounds=1", "--on-invalid", policy, "--attempts", "2")
    (episode,) = episodes(only_run(runs)).values()
    assert said.code == code
    assert len(model.requests) == 2
    turn = next(each for each in episode.all_turns if each.role == "alice")
    assert (turn.valid, turn.attempts, turn.handling, len(turn.calls)) == (False, 2, policy, 2)
    if policy == "fail":
        assert episode.error is not None
        assert "`alice` (scripted/model) gave no valid answer in 2 attempts" in episode.error
    else:
        assert episode.rounds[0].actions["alice"] == move
