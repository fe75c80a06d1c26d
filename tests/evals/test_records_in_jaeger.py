"""Runs that are judged from a Jaeger: one run at a time, whatever the Jaeger asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import interlab as il
import interlab_evals as ev
from interlab.errors import UsageError
from interlab.schema import names
from interlab_exporters import read_spans
from tests.exporters.fake_jaeger import FakeJaeger, serving

if TYPE_CHECKING:
    from pathlib import Path

    from interlab_exporters import Span


def play(directory: Path, seed: int) -> il.Run:
    return il.run(
        "prisoners-dilemma",
        players=["strategy/tit-for-tat", "strategy/random"],
        episodes=3,
        seed=seed,
        out=directory,
        progress=False,
    )


def spans(*runs: il.Run) -> list[Span]:
    return [span for run in runs for span in read_spans(run.path / "spans")]


def address(jaeger: FakeJaeger, query: str = "") -> str:
    return f"{jaeger.url.replace('http', 'jaeger', 1)}{query}"


def test_one_that_looks_for_attributes_in_a_service_only_is_told_which(tmp_path: Path) -> None:
    """As Jaeger 2.20 on Badger."""
    run = play(tmp_path, 1)
    with serving(FakeJaeger(spans(run), needs_service=True)) as jaeger:
        assert ev.metrics(address(jaeger, f"?run={run.id}")).equals(ev.metrics(run))
        assert jaeger.services_asked_for == {names.SERVICE}


def test_a_service_of_ones_own_choice_is_kept(tmp_path: Path) -> None:
    run = play(tmp_path, 1)
    with serving(FakeJaeger(spans(run))) as jaeger:
        ev.metrics(address(jaeger, f"?run={run.id}&service=alice"))
        assert jaeger.services_asked_for == {"alice"}


@pytest.mark.parametrize("query", ["", "?scenario=prisoners-dilemma"])
def test_several_runs_are_named_and_not_mixed(query: str, tmp_path: Path) -> None:
    first, second = play(tmp_path, 1), play(tmp_path, 2)
    with serving(FakeJaeger(spans(first, second))) as jaeger:
        with pytest.raises(UsageError, match=r"2 runs: add one as `\?run=ID` to the address; ") as told:
            ev.metrics(address(jaeger, query))
        assert first.id in str(told.value)
        assert second.id in str(told.value)
        assert ev.metrics(address(jaeger, f"?run={first.id}")).equals(ev.metrics(first))


def test_the_only_run_needs_no_name(tmp_path: Path) -> None:
    run = play(tmp_path, 1)
    with serving(FakeJaeger(spans(run))) as jaeger:
        assert ev.metrics(address(jaeger)).equals(ev.metrics(run))
