"""The suites that come with InterLab, and the package's public face."""

from __future__ import annotations

import subprocess
import sys

import pytest

import interlab_evals as ev
from interlab.errors import UnknownNameError
from interlab.running.plan import make_plan
from interlab.running.suites import load_suite
from interlab_evals import suites


def test_quickstart_is_a_suite_that_can_be_planned() -> None:
    suite = load_suite("quickstart")
    plan = make_plan(suite)
    assert suite.name == "quickstart"
    assert {condition.scenario for condition in plan.conditions} == {"prisoners-dilemma", "price-negotiation"}
    assert all(
        player.startswith(("strategy/", "negotiator/"))
        for condition in plan.conditions
        for player in condition.players.values()
    )


def test_a_suite_is_found_by_name() -> None:
    assert suites.path("quickstart") == suites.quickstart()
    with pytest.raises(UnknownNameError, match="did you mean `quickstart`"):
        suites.path("quickstar")


def test_every_public_name_is_there() -> None:
    assert dir(ev) == ev.__all__ == sorted(ev.__all__)
    for name in ev.__all__:
        assert getattr(ev, name).__name__ == name


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute `absent`"):
        _ = ev.absent  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]


def test_metrics_that_judge_live_need_no_pandas() -> None:
    code = "import sys, interlab_evals.measures; sys.exit('pandas' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
