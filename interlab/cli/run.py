"""``interlab run`` and ``interlab resume``."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, cast

import typer

from interlab import registry
from interlab.cli.given import read_parameters, read_players
from interlab.console import SafeConsole, print_json, say
from interlab.errors import UsageError
from interlab.models.pacing import settled_rates
from interlab.running.api import Interrupted, resume, run
from interlab.running.lineups import Lineup
from interlab.running.looks import warning_before
from interlab.running.run import CONCURRENCY, Execution, Run, resend_command, resume_hint
from interlab.running.store import RunDirectory
from interlab.schema import names
from interlab.settings import settings
from interlab.tracing.recorder import LONG_TRACE_SPANS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

EPISODES_FAILED: Final = 1
"""Exit code of a run in which episodes failed."""
_REASONS_SHOWN: Final = 20

_RUN_EXAMPLES = """Examples:
  interlab run quickstart
  interlab run prisoners-dilemma --player openai/gpt-5-mini --player strategy/tit-for-tat --episodes 20
  interlab run prisoners-dilemma --player local/smollm2 -p rounds=5 -p talk=true
  interlab run matrix --player strategy/fictitious-play -p @game.toml -p rounds=100
  interlab run price-negotiation --player buyer=ollama/llama3.2 --player seller=negotiator/boulware
  interlab run public-goods --player strategy/conditional-cooperator --baseline strategy/free-rider
  interlab run my-suite.toml --otlp http://127.0.0.1:4318 --max-usd 5
"""
_RESUME_EXAMPLES = """Examples:
  interlab resume runs/2026-11-22T14-30-05-quickstart-7f3a
  interlab resume runs/2026-11-22T14-30-05-quickstart-7f3a --concurrency 100 --max-usd 5
  interlab resume runs/2026-11-22T14-30-05-quickstart-7f3a --no-otlp
"""

Concurrency = Annotated[int, typer.Option(min=1, help="Episodes under way at once.")]
Retries = Annotated[int, typer.Option(min=0, help="Begin an episode again that failed because of its model.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first failed episode.")]
MaxUsd = Annotated[
    float | None,
    typer.Option(
        "--max-usd",
        "--max-cost",
        min=0,
        help="Begin no further episode once this much is spent, or a price turns out to be unknown.",
    ),
]
MaxTokens = Annotated[
    int | None, typer.Option(min=0, help="Begin no further episode once this many tokens are used.")
]
Otlp = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Send spans, metrics and evaluations live to an OTLP endpoint too."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
EveryMetric = Annotated[
    bool, typer.Option("--all", help="Show every metric, not only the headline metrics of each scenario.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


class Ending(Protocol):
    """The results of a run, as the entry point ``summary`` of ``interlab.reports`` gives them."""

    @property
    def is_whole(self) -> bool:
        """Show all metrics."""
        ...

    def document(self) -> dict[str, Any]:
        """Return the results as plain values that JSON can hold."""
        ...

    def __rich__(self) -> RenderableType:
        """Draw the results."""
        ...


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("run", epilog=_RUN_EXAMPLES)(_run)
    app.command("resume", epilog=_RESUME_EXAMPLES)(_resume)


def _run(
    what: Annotated[
        str, typer.Argument(metavar="SUITE|SCENARIO", help="A suite, a suite's TOML file, or a scenario.")
    ],
    player: Annotated[
        list[str] | None,
        typer.Option(metavar="[ROLE=]PLAYER", help="Who plays; repeatable. See `interlab list players`."),
    ] = None,
    baseline: Annotated[
        list[str] | None, typer.Option(metavar="PLAYER", help="Opponent for `--lineup versus`; repeatable.")
    ] = None,
    lineup: Annotated[
        Lineup | None,
        typer.Option(
            help="How players are seated. By default `seats` if there are as many players as seats, `self` for "
            "one player, `versus` with baselines, else `round-robin`."
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE|@FILE",
            help="Parameter of the scenario, or a TOML or JSON file of them; repeatable.",
        ),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Instead of the scenario's metrics; repeatable.")
    ] = None,
    episodes: Annotated[int | None, typer.Option("-n", "--episodes", min=1, help="Repeats per condition.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the run.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the run's directory is made; by default `runs`.")
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, help="How often a player may try to answer validly.")] = 3,
    on_invalid: Annotated[
        Literal["forfeit", "default", "fail"],
        typer.Option(help="After the last attempt: lose the move, take the scenario's default, fail the episode."),
    ] = "forfeit",
    content: Annotated[
        Literal["full", "none"] | None,
        typer.Option(help="`none` keeps prompts and messages out of the record."),
    ] = None,
    concurrency: Concurrency = CONCURRENCY,
    retries: Retries = 1,
    fail_fast: FailFast = False,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    otlp: Otlp = None,
    preregistered: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Refuse to play anything but the plan that `interlab preregister` wrote."
        ),
    ] = None,
    every_metric: EveryMetric = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Play a suite or a scenario, record every episode as spans, and print what came of it."""
    execution = Execution(
        concurrency=concurrency,
        retries=retries,
        fail_fast=fail_fast,
        max_usd=max_usd,
        max_tokens=max_tokens,
        otlp=otlp or settings().otlp,
    )
    _finish(
        lambda: run(
            what,
            players=read_players(player or []),
            baselines=baseline or (),
            lineup=lineup,
            parameters=read_parameters(parameter or []),
            metrics=metric or (),
            episodes=episodes,
            seed=seed,
            attempts=attempts,
            on_invalid=on_invalid,
            content=content,
            out=out,
            execution=execution,
            preregistered=preregistered,
            progress=not (json or quiet),
        ),
        every_metric=every_metric,
        json=json,
    )


def _resume(
    path: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of the run.")],
    concurrency: Concurrency = CONCURRENCY,
    retries: Retries = 1,
    fail_fast: FailFast = False,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    otlp: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send live to another OTLP endpoint than the run was sent to so far."),
    ] = None,
    no_otlp: Annotated[
        bool, typer.Option("--no-otlp", help="Send nothing live, whatever was done so far.")
    ] = False,
    every_metric: EveryMetric = False,
    json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Play what a run still lacks: episodes that were never finished, and those that failed."""
    directory = RunDirectory(path)
    if no_otlp and otlp:
        raise UsageError("`--otlp` and `--no-otlp` exclude each other; give one of them")
    endpoint = None if no_otlp else otlp or settings().otlp
    if endpoint is None and not no_otlp and directory.exists and (endpoint := directory.otlp):
        say(f"sending live to {endpoint} as before; `--no-otlp` does without", error=True)
    execution = Execution(
        concurrency=concurrency,
        retries=retries,
        fail_fast=fail_fast,
        max_usd=max_usd,
        max_tokens=max_tokens,
        otlp=endpoint,
    )
    if directory.exists and (told := warning_before(directory, _planned(directory))):
        say(told, error=True)
    _finish(
        lambda: resume(path, execution=execution, progress=not (json or quiet)),
        every_metric=every_metric,
        json=json,
    )


def _planned(directory: RunDirectory) -> int:
    """Return the number of episodes of the stored plan; 0 if it cannot be read, which resuming reports."""
    match directory.read():
        case {"plan": {"episodes": int(episodes), "conditions": [*conditions]}}:
            return episodes * len(conditions)
        case _:
            return 0


def _finish(execute: Callable[[], Run], *, every_metric: bool, json: bool) -> None:
    """Execute, print the results, and exit accordingly."""
    try:
        outcome = execute()
    except Interrupted as interruption:
        say(str(interruption), error=True)
        raise typer.Exit(128 + interruption.signal) from None
    summarise = cast("Callable[[Run, bool], Ending]", registry.load("reports", "summary"))
    ending = summarise(outcome, every_metric)
    if json:
        print_json(_document(outcome, ending))
    else:
        SafeConsole().print(ending)
        for line in _where_the_rest_is(outcome, ending):
            say(line)
    for line in _notes(outcome):
        say(line, error=True)
    if outcome.failed:
        raise typer.Exit(EPISODES_FAILED)


def _where_the_rest_is(outcome: Run, ending: Ending) -> list[str]:
    """Return a line per place or command that has more."""
    whole = [] if ending.is_whole else [f"all metrics  interlab score {outcome.path}"]
    more = [
        f"differences  interlab compare {outcome.path}",
        f"paper        interlab report {outcome.path} --out paper",
    ]
    return [f"run          {outcome.path}", *whole, *more]


def _notes(outcome: Run) -> list[str]:
    """Return what a user has to know besides the figures."""
    notes: list[str] = []
    for reason, count in outcome.failures.most_common(_REASONS_SHOWN):
        notes.append(f"{count} {'episode' if count == 1 else 'episodes'} failed: {' '.join(reason.split())}")
    if (others := len(outcome.failures) - _REASONS_SHOWN) > 0:
        notes.append(f"and {others} more reasons: see the error of each episode in the record")
    if outcome.spending.calls:
        rates = settled_rates()
        notes += [f"{place} limits calls: settled at {rate:.0f} a minute" for place, rate in rates.items()]
    if outcome.status == "budget":
        of = f"{outcome.done} of {outcome.planned} episodes are done"
        if math.isnan(outcome.spending.usd):
            notes.append(f"the budget cannot be watched: a price is unknown, use --max-tokens; {of}")
        else:
            notes.append(f"the budget is spent; {of}")
    if outcome.done < outcome.planned:
        notes.append(resume_hint(outcome.path))
    if outcome.otlp and outcome.long_traces:
        whose = "1 episode has" if outcome.long_traces == 1 else f"{outcome.long_traces} episodes have"
        notes.append(
            f"{whose} more than {LONG_TRACE_SPANS:,} spans, which Jaeger's pages show slowly "
            f"(search for {names.LONG_TRACE}=true); fewer rounds an episode make them shorter"
        )
    return notes


def _document(outcome: Run, ending: Ending) -> dict[str, Any]:
    spending = outcome.spending
    return {
        "run": outcome.id,
        "path": str(outcome.path),
        "status": outcome.status,
        "episodes": {"planned": outcome.planned, "done": outcome.done, "failed": outcome.failed},
        "failures": dict(outcome.failures),
        "spending": {
            "calls": spending.calls,
            "input_tokens": spending.input_tokens,
            "output_tokens": spending.output_tokens,
            "usd": spending.usd,
        },
        "otlp": _otlp(outcome) if outcome.otlp else None,
        **ending.document(),
    }


def _otlp(outcome: Run) -> dict[str, Any]:
    return {
        "endpoint": outcome.otlp,
        "spans_lost": outcome.spans_lost,
        "losses": [asdict(loss) for loss in outcome.losses],
        "resend": resend_command(outcome) if outcome.spans_lost else None,
    }
