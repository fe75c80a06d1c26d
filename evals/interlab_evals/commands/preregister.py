"""The command ``interlab preregister``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlab.cli.given import read_parameters, read_players
from interlab.console import say
from interlab.environments import scenario as find_scenario
from interlab.running.lineups import Lineup
from interlab.running.plan import make_plan
from interlab.running.preregistration import write
from interlab.running.suites import find_suite
from interlab_evals.presentation.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.running.plan import Condition, Plan

_EPILOG = """Examples:

  interlab preregister cooperation --player openai/gpt-5-mini -n 50 --out plan.json

  interlab preregister quickstart --margin 0.1 --out plan.json

  interlab run quickstart --preregistered plan.json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("preregister", epilog=_EPILOG)(_preregister)


def _preregister(
    what: Annotated[str, typer.Argument(metavar="SUITE|SCENARIO", help="As for `interlab run`.")],
    out: Annotated[Path, typer.Option(metavar="FILE.json", help="File to write; it must not exist.")],
    player: Annotated[
        list[str] | None, typer.Option(metavar="[ROLE=]PLAYER", help="As for `interlab run`; repeatable.")
    ] = None,
    baseline: Annotated[
        list[str] | None, typer.Option(metavar="PLAYER", help="Opponent for `--lineup versus`; repeatable.")
    ] = None,
    lineup: Annotated[Lineup | None, typer.Option(help="Rule that puts players into roles.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE|@FILE", help="Parameter of the scenario."),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Instead of the scenario's metrics; repeatable.")
    ] = None,
    episodes: Annotated[int | None, typer.Option("-n", "--episodes", min=1, help="Repeats per condition.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the run.")] = None,
    by: Annotated[str, typer.Option(metavar="COLUMN", help="Column whose values will be compared.")] = "player",
    margin: Annotated[float | None, typer.Option(help="Smallest difference of interest.")] = None,
) -> None:
    """Write down a plan before it is played: conditions, hypotheses, sample size, stopping rule, and a hash.

    `interlab run ... --preregistered FILE` refuses to play anything else, and reports say that it was planned.
    """
    suite = find_suite(
        what,
        players=read_players(player or []),
        baselines=baseline or (),
        lineup=lineup,
        parameters=read_parameters(parameter or []),
        metrics=metric or (),
    )
    plan = make_plan(suite, episodes=episodes, seed=seed)
    text = list(_paragraphs(plan, by, margin))
    hash_of_plan = write(plan, text, out)
    for paragraph in text:
        say(paragraph)
    say(f"{out}: sha256 {hash_of_plan}")


def _paragraphs(plan: Plan, by: str, margin: float | None) -> Iterator[str]:
    """Yield the methods in the future tense."""
    by_scenario: dict[str, list[Condition]] = {}
    for condition in plan.conditions:
        by_scenario.setdefault(condition.scenario, []).append(condition)
    for name, conditions in by_scenario.items():
        players = sorted({player for each in conditions for player in each.players.values()})
        yield (
            f"{find_scenario(name).summary} `{name}` will be played in {counted(len(conditions), 'condition')} "
            f"with {counted(plan.episodes, 'episode')} each, by {', '.join(players)}."
        )
    confirmatory = list(dict.fromkeys(name for each in plan.conditions for name in each.confirmatory))
    named = ", ".join(name.replace("_", " ") for name in confirmatory)
    equivalence = ""
    if margin:
        equivalence = f" Differences below {margin:g} are of no interest; equivalence will be tested."
    yield (
        f"Hypotheses: {named or 'none is confirmatory'}. Differences by {by} will be tested two-sided at .05 "
        f"within each scenario, as one family with Holm's correction.{equivalence} All else is exploratory."
    )
    yield (
        f"Sample size and stopping rule: {len(plan):,} episodes with seed {plan.seed}. All of them will be "
        "played, and no result will be looked at before. Failed episodes will be played again, then counted and "
        "excluded."
    )
