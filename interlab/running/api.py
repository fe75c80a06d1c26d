"""Running for scripts and notebooks: :func:`run` and :func:`resume`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from interlab import registry
from interlab.errors import ConfigurationError, UnknownNameError
from interlab.running.plan import Plan, Suite, load_suite, make_plan, suite_of
from interlab.running.progress import watcher
from interlab.running.run import Execution, Run, execute, find_players
from interlab.running.store import RunDirectory
from interlab.running.waiting import wait_for
from interlab.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from interlab.running.lineups import Lineup
    from interlab.tracing.content import Content


class Interrupted(KeyboardInterrupt):
    """A run was interrupted; what was done is kept.

    Attributes:
        path: The run's directory.
        signal: The signal that interrupted it.
    """

    def __init__(self, path: Path, signal_: signal.Signals) -> None:
        super().__init__(f"interrupted; `interlab resume {path}` goes on where it stopped")
        self.path = path
        self.signal = signal_


def run(
    what: str,
    *,
    players: Sequence[str] | Mapping[str, str] = (),
    baselines: Sequence[str] = (),
    lineup: Lineup | None = None,
    parameters: Mapping[str, Any] | None = None,
    metrics: Sequence[str] = (),
    episodes: int | None = None,
    seed: int | None = None,
    attempts: int = 3,
    on_invalid: Literal["forfeit", "default", "fail"] = "forfeit",
    content: Content | None = None,
    out: str | PathLike[str] | None = None,
    execution: Execution | None = None,
    progress: bool = True,
) -> Run:
    """Play a suite or a scenario and record it.

    Args:
        what: Name of a suite or a scenario, or path of a suite's TOML file.
        players: Player specs, or role -> player spec. Instead of the suite's.
        baselines: Opponents, for the line-up ``versus``.
        lineup: How players are put into seats; see :func:`interlab.running.lineups.seatings`.
        parameters: Parameters of the scenario, where they differ from the defaults.
        metrics: Names of the metrics, instead of the scenario's own.
        episodes: Repeats of each condition.
        seed: Seed of the run.
        attempts: How often an actor may try to give a valid answer.
        on_invalid: What happens after its last attempt.
        content: ``"none"`` keeps prompts and messages out of the record.
        out: Directory that the run's own directory is made in; by default ``runs``.
        execution: Concurrency, budget, live export.
        progress: Whether to show progress on standard error.

    Returns:
        The run; ``run.path`` is its directory.

    Raises:
        UsageError: Something asked for does not exist or fit.
        ModelUnavailableError: A model cannot be called.
        RecordError: The record cannot be written.
        Interrupted: Ctrl-C or SIGTERM.
    """
    suite = find_suite(
        what, players=players, baselines=baselines, lineup=lineup, parameters=parameters, metrics=metrics
    )
    plan = make_plan(
        suite,
        episodes=episodes,
        seed=seed,
        attempts=attempts,
        on_invalid=on_invalid,
        content=content or settings().content,
    )
    find_players(plan)  # whatever is wrong with them is said before a directory is made
    directory = RunDirectory.create(Path(out) if out is not None else settings().runs, plan.suite)
    return _execute(plan, directory, execution, progress=progress)


def resume(path: str | PathLike[str], *, execution: Execution | None = None, progress: bool = True) -> Run:
    """Play what a run still lacks: episodes that were never finished, and those that failed.

    Args:
        path: The run's directory.
        execution: Concurrency, budget, live export.
        progress: Whether to show progress on standard error.

    Raises:
        UnknownNameError: There is no such run.
        ConfigurationError: Its plan cannot be understood.
        UsageError: Another process is executing it.
    """
    directory = RunDirectory.open(Path(path))
    try:
        plan = Plan.model_validate(directory.read().get("plan"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in ("plan", *first["loc"]))
        raise ConfigurationError(f"`{directory.path / 'run.json'}`: `{place}`: {first['msg']}") from None
    return _execute(plan, directory, execution, progress=progress)


def find_suite(
    what: str,
    *,
    players: Sequence[str] | Mapping[str, str],
    baselines: Sequence[str],
    lineup: Lineup | None,
    parameters: Mapping[str, Any] | None,
    metrics: Sequence[str],
) -> Suite:
    """Find out what is to be played: a suite, perhaps with other players, or a scenario.

    Raises:
        UnknownNameError: It is neither.
        ConfigurationError: The suite's file cannot be understood.
    """
    scenarios, suites = registry.names("environments"), registry.names("suites")
    if what in scenarios:
        return suite_of(
            what,
            players=_in_seat_order(what, players, parameters) if isinstance(players, Mapping) else tuple(players),
            baselines=tuple(baselines),
            lineup="seats" if isinstance(players, Mapping) else lineup,
            parameters=parameters,
            metrics=tuple(metrics),
        )
    if what not in suites and not what.endswith(".toml"):
        known = sorted({*scenarios, *suites})
        raise UnknownNameError(f"no suite or scenario is called `{what}`; {registry.suggestion(what, known)}")
    suite = load_suite(what)
    changes: dict[str, Any] = {
        name: value
        for name, value in (
            ("players", tuple(players)),
            ("baselines", tuple(baselines)),
            ("lineup", lineup),
            ("metrics", tuple(metrics)),
        )
        if value
    }
    return suite.model_copy(
        update={
            "scenarios": tuple(
                entry.model_copy(update={**changes, "parameters": {**entry.parameters, **dict(parameters or {})}})
                for entry in suite.scenarios
            )
        }
    )


def _in_seat_order(name: str, players: Mapping[str, str], parameters: Mapping[str, Any] | None) -> tuple[str, ...]:
    from interlab.environments import scenario

    found = scenario(name)
    roles = found.environment.roles(found.configure(parameters or {}))
    for role in players:
        if role not in roles:
            raise UnknownNameError(f"`{name}` has no role `{role}`; {registry.suggestion(role, list(roles))}")
    if missing := [role for role in roles if role not in players]:
        raise UnknownNameError(f"`{name}`: nobody plays {', '.join(f'`{role}`' for role in missing)}")
    return tuple(players[role] for role in roles)


def _execute(plan: Plan, directory: RunDirectory, execution: Execution | None, *, progress: bool) -> Run:
    chosen = execution or Execution(otlp=settings().otlp)
    shown = watcher() if progress else None
    try:
        return wait_for(lambda: execute(plan, directory, chosen, shown))
    except asyncio.CancelledError:
        raise Interrupted(directory.path, signal.SIGTERM) from None
    except KeyboardInterrupt:
        raise Interrupted(directory.path, signal.SIGINT) from None
