"""docs/instrumenting.md: what it shows is what runs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import interlab as il
import interlab_evals as ev
from tests.instrumentation.recorded import document, episodes

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "instrumenting.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
HANDLES = {
    "run": il.trace.TracedRun,
    "episode": il.trace.TracedEpisode,
    "round": il.trace.TracedRound,
    "round_": il.trace.TracedRound,
    "turn": il.trace.TracedTurn,
}


def test_the_page_shows_the_example_as_it_is() -> None:
    assert BLOCKS[0] == (DOCS / "examples" / "instrumented_loop.py").read_text()


def test_the_example_runs_and_can_be_scored(tmp_path: Path) -> None:
    program = tmp_path / "shown.py"
    program.write_text(BLOCKS[0])
    variables = {**os.environ, "INTERLAB_RUNS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(program)], env=variables, capture_output=True, text=True, check=True
    )
    path = Path(done.stdout.splitlines()[0])
    found = episodes(path)
    assert document(path)["status"] == "completed"
    assert len({each.id for each in found}) == len({each.seed for each in found}) == 20

    rates = ev.metrics(path).query("metric == 'cooperation_rate'").groupby("player")["value"].mean()
    for player, role in (("mine/tit-for-tat", "alice"), ("mine/moody", "bob")):
        moves = [each.actions[role] for episode in found for each in episode.rounds]
        assert rates[player] == pytest.approx(moves.count("C") / len(moves))
        assert re.search(rf"{player} +{rates[player]:.3f}", done.stdout)


@pytest.mark.parametrize("block", BLOCKS[1:], ids=["instrumentation", "LangGraph", "AutoGen"])
def test_a_sketch_is_python_and_names_what_there_is(block: str) -> None:
    used = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Attribute)]
    ours = [node.attr for node in used if ast.unparse(node.value) == "il.trace"]
    assert ours or "run.episode" in block
    assert set(ours) <= set(il.trace.__all__)


def test_the_table_names_methods_and_parameters_that_there_are() -> None:
    signatures = re.findall(r"^\| `(?:il\.trace\.)?(?:(\w+)\.)?(\w+)\((.*?)\)` \|", PAGE, re.MULTILINE)
    assert len(signatures) == 10
    for owner, method, arguments in signatures:
        function = getattr(HANDLES[owner], method) if owner else getattr(il.trace, method).__init__
        known = set(_parameters(function))
        named = {each.strip().rstrip("=") for each in arguments.split(",") if each.strip().endswith("=")}
        assert named <= known, method


def _parameters(function: object) -> tuple[str, ...]:
    import inspect

    return tuple(inspect.signature(function).parameters)  # pyright: ignore[reportArgumentType]
