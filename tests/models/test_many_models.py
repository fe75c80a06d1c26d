"""Twenty models of ten behaviours in one run: what can be played is played, and each failure is said once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import interlab as il
from tests.models.endpoint import Reply, completion, failure
from tests.running.record import attempts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.models.endpoint import Endpoint

    Behaviour = Callable[[dict[str, Any], int], Reply]

ANSWER: Final = '{"answer": "X"}'
GOOD: Final = Reply(completion(ANSWER))
DEAD_AFTER: Final = 5


def flaky(_: dict[str, Any], call: int) -> Reply:
    return Reply(failure("boom"), 500, {"retry-after-ms": "1"}) if call % 3 == 0 else GOOD


def limited(_: dict[str, Any], call: int) -> Reply:
    return Reply(failure("slow down"), 429, {"retry-after-ms": "5"}) if call % 7 == 0 else GOOD


def dying(_: dict[str, Any], call: int) -> Reply:
    return Reply(failure("the account is closed"), 403) if call >= DEAD_AFTER else GOOD


def without_schemas(body: dict[str, Any], _: int) -> Reply:
    refused = [{"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}]
    return Reply({"detail": refused}, 422) if "response_format" in body else GOOD


def without_system(body: dict[str, Any], _: int) -> Reply:
    has_system = any(each["role"] == "system" for each in body["messages"])
    return Reply(failure("System role not supported"), 400) if has_system else GOOD


BEHAVIOURS: dict[str, Behaviour] = {
    "fast": lambda _body, _call: GOOD,
    "flaky": flaky,
    "limited": limited,
    "dying": dying,
    "schemaless": without_schemas,
    "systemless": without_system,
    "reasoning": lambda _body, _call: Reply(
        {"choices": [{"message": {"content": None, "reasoning_content": ANSWER}}]}
    ),
    "thinking": lambda _body, _call: Reply(completion(f"Hm.</think>{ANSWER}")),
    "prose": lambda _body, _call: Reply(completion("I choose X.")),
    "refusing": lambda _body, _call: Reply(completion(None, refusal="I will not play.")),
}
MODELS: Final = [f"vllm/{name}-{number}" for name in BEHAVIOURS for number in (1, 2)]


async def test_twenty_models_of_ten_behaviours(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Counter[str]()

    def choose(body: dict[str, Any]) -> Reply:
        calls[body["model"]] += 1
        return BEHAVIOURS[body["model"].partition("-")[0]](body, calls[body["model"]])

    endpoint.chooses = choose
    endpoint.listing = Reply({}, 404)
    run = await asyncio.to_thread(
        il.run,
        "prisoners-dilemma",
        players=[*MODELS, "strategy/tit-for-tat"],
        parameters={"rounds": 2},
        episodes=1,
        out=tmp_path,
        progress=False,
    )
    assert run.planned == run.done + run.failed
    dead = {f"`vllm/dying-{number}`" for number in (1, 2)}
    assert {reason.partition(":")[0] for reason in run.failures} == dead
    assert len(run.failures) == 2
    failed = [each for each in attempts(run.path) if each.error]
    assert all({"vllm/dying-1", "vllm/dying-2"} & {seat.player for seat in each.seats} for each in failed)
    assert all(calls[f"dying-{number}"] < DEAD_AFTER + 300 for number in (1, 2))
