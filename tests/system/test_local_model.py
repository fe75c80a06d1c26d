"""A real language model in a run: SmolLM2, in the process of the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pytest

from interlab.schema import names
from interlab_exporters import Span, read_spans
from tests.system.command_line import document_of, succeed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

pytestmark = pytest.mark.local_model

ENDED_WITHOUT_ACTION = {"forfeit", "default"}


class Played(NamedTuple):
    printed: dict[str, Any]
    spans: list[Span]

    def named(self, beginning: str) -> list[Span]:
        return [span for span in self.spans if span.name.startswith(beginning)]

    @property
    def asked(self) -> list[Span]:
        """The queries to the model, not to its opponents."""
        return [
            span
            for span in self.named("invoke_agent ")
            if str(span.attributes[names.PLAYER]).startswith("local/smollm2")
        ]


def play(directory: Path, *arguments: str) -> Played:
    ended = succeed("run", *arguments, "--out", directory, "--json", timeout=600)
    assert ended.stderr == ""
    printed = document_of(ended)
    return Played(printed, list(read_spans(Path(printed["path"]) / "spans")))


@pytest.fixture(scope="module")
def negotiation(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(
        tmp_path_factory.mktemp("negotiation"),
        *("price-negotiation", "--player", "local/smollm2", "--player", "negotiator/boulware", "--episodes", "4"),
    )


@pytest.fixture(scope="module")
def dilemma(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(
        tmp_path_factory.mktemp("dilemma"),
        *("prisoners-dilemma", "--player", "local/smollm2", "-p", "rounds=3", "--episodes", "2"),
    )


def test_a_negotiation_is_played_to_its_end(negotiation: Played) -> None:
    assert negotiation.printed["episodes"] == {"planned": 4, "done": 4, "failed": 0}
    check_actions(negotiation.asked, is_price_move)
    assert all(span.attributes[names.ROLE] == "buyer" for span in negotiation.asked)
    check_calls(negotiation)


def test_a_dilemma_is_played_against_itself(dilemma: Played) -> None:
    assert dilemma.printed["episodes"] == {"planned": 2, "done": 2, "failed": 0}
    assert {str(span.attributes[names.ROLE]) for span in dilemma.asked} == {"alice", "bob"}
    assert len(dilemma.asked) == 2 * 3 * 2
    check_actions(dilemma.asked, lambda action: action in ("X", "Y"))
    check_calls(dilemma)


def test_invalid_moves_are_counted_in_the_table(negotiation: Played, dilemma: Played) -> None:
    for played in (negotiation, dilemma):
        (scenario,) = played.printed["summary"]["scenarios"]
        (row,) = [each for each in scenario["players"] if each["player"] == "local/smollm2"]
        assert row["n_calls"] == len(played.named("chat "))
        assert row["n_actions"] == len(played.asked)
        assert row["n_invalid"] == sum(not span.attributes[names.ACTION_VALID] for span in played.asked)


def test_a_model_judges_what_was_said(tmp_path: Path) -> None:
    players = ("--player", "strategy/tit-for-tat", "--player", "strategy/random")
    talk = play(tmp_path, "prisoners-dilemma", *players, "-p", "rounds=2", "-p", "talk=true", "--episodes", "1")
    run = Path(talk.printed["path"])
    ended = succeed("judge", run, "--rubric", "promise", "--judge", "local/smollm2", "--json", timeout=120)
    printed = document_of(ended)
    assert (printed["judgements"], printed["left_out"]) == (2, 0)
    assert sum(printed["answers"].values()) + printed["unanswered"] == 2
    assert {*printed["answers"]} <= {"none", "kept", "broken"}
    calls = [span for span in read_spans(run / "judgements") if span.name.startswith("chat ")]
    assert len(calls) == printed["calls"] >= 2
    table = pd.read_parquet(run / "judgements" / "promise.parquet")
    assert table["explanation"].isna().sum() == printed["unanswered"]


def check_actions(asked: Sequence[Span], is_legal: Callable[[Any], bool]) -> None:
    """Every action is a legal one in the end, or was given up by the policy."""
    for span in asked:
        action = json.loads(str(span.attributes[names.ACTION]))
        handling, attempts = span.attributes[names.ACTION_HANDLING], span.attributes[names.ATTEMPTS]
        if handling in ENDED_WITHOUT_ACTION:
            assert attempts == 3
        else:
            assert is_legal(action), action
            assert (handling == "none") == (attempts == 1)
    assert any(span.attributes[names.ACTION_HANDLING] not in ENDED_WITHOUT_ACTION for span in asked)


def is_price_move(action: Mapping[str, Any]) -> bool:
    priced = action["action"] != "offer" or action["price"] >= 0
    return action["action"] in ("offer", "accept", "walk_away") and priced and isinstance(action["message"], str)


def check_calls(played: Played) -> None:
    """Every attempt is a ``chat`` span with its messages, and all tokens are in the sums."""
    calls = played.named("chat smollm2")
    assert len(calls) == sum(int(str(span.attributes[names.ATTEMPTS])) for span in played.asked)
    agents = {span.span_id: span for span in played.asked}
    for span in calls:
        assert span.kind == "CLIENT"
        assert span.status != "ERROR"
        assert agents[span.parent_id or ""].resource == span.resource
        heard = json.loads(str(span.attributes[names.INPUT_MESSAGES]))
        (said,) = json.loads(str(span.attributes[names.OUTPUT_MESSAGES]))
        assert [message["role"] for message in heard][:2] == ["system", "user"]
        assert all(message["parts"][0]["content"] for message in (*heard, said))
        assert said["role"] == "assistant"
        assert tokens(span, names.INPUT_TOKENS) > 50
        assert 0 < tokens(span, names.OUTPUT_TOKENS) <= tokens(span, names.REQUEST_MAX_TOKENS)
    assert played.printed["spending"] == {
        "calls": len(calls),
        "input_tokens": sum(tokens(span, names.INPUT_TOKENS) for span in calls),
        "output_tokens": sum(tokens(span, names.OUTPUT_TOKENS) for span in calls),
        "usd": 0.0,
    }


def tokens(span: Span, attribute: str) -> int:
    found = span.attributes[attribute]
    assert isinstance(found, int)
    return found
