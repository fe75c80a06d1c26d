"""Running for scripts and notebooks: :func:`run` and :func:`resume`."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from interlab.errors import ConfigurationError, UsageError
from interlab.running.execution import execute
from interlab.running.plan import Plan, make_plan
from interlab.running.preregistration import FILE, check
from interlab.running.progress import watcher
from interlab.running.run import Execution, Run, resume_hint
from interlab.running.store import RunDirectory
from interlab.running.suites import find_suite
from interlab.running.sync import wait_for
from interlab.settings import settings
from interlab.validation import explain

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from os import PathLike

    from interlab.running.lineups import Lineup
    from interlab.schema.content import Content


class Interrupted(KeyboardInterrupt):
    """A run was interrupted; the episodes that were done are kept.

    Attributes:
        path: The run's directory.
        signal: The signal that interrupted it.
    """

    def __init__(self, path: Path, signal_: signal.Signals) -> None:
        begun = RunDirectory(path).exists
        super().__init__(f"interrupted; {resume_hint(path) if begun else 'nothing had been begun'}")
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
    preregistered: str | PathLike[str] | None = None,
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
        preregistered: File that ``interlab preregister`` wrote; a plan that differs from it is refused.
        progress: Whether to show progress on standard error.

    Returns:
        The run; ``run.path`` is its directory.

    Raises:
        UsageError: Something asked for does not exist or fit.
        ModelUnavailableError: A model cannot be called.
        RecordError: The record cannot be written.
        InputEndedError: A person was to answer, and the input had ended.
        EpisodeFailedError: An episode failed, under ``fail_fast``.
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
    registered = None if preregistered is None else check(plan, Path(preregistered))
    directory = RunDirectory.create(Path(out) if out is not None else settings().runs, plan.suite)
    chosen = execution or Execution(otlp=settings().otlp)
    shown = watcher() if progress else None
    try:
        with _interruptible(directory.path):
            return wait_for(lambda: execute(plan, directory, chosen, shown))
    finally:
        if registered is not None and directory.path.is_dir():
            (directory.path / FILE).write_bytes(registered)


def resume(path: str | PathLike[str], *, execution: Execution | None = None, progress: bool = True) -> Run:
    """Play what a run still lacks: episodes that were never finished, and those that failed.

    Args:
        path: The run's directory.
        execution: Concurrency, budget, live export; by default spans go live to where ``INTERLAB_OTLP`` says, else
            to where they went before.
        progress: Whether to show progress on standard error.

    Raises:
        UnknownNameError: There is no such run.
        ConfigurationError: Its plan cannot be understood.
        UsageError: Another process is executing it, or it was not InterLab that played it.
    """
    directory = RunDirectory.open(Path(path))
    document = directory.read()
    if document.get("instrumented"):
        raise UsageError(
            f"`{path}` was played by code of your own, which `interlab.trace` recorded: run that again"
        )
    try:
        plan = Plan.model_validate(document.get("plan"))
    except ValidationError as error:
        raise ConfigurationError(f"`{directory.path / 'run.json'}`: plan: {explain(error)}") from None
    chosen = execution or Execution(otlp=settings().otlp or directory.otlp)
    shown = watcher() if progress else None
    with _interruptible(directory.path):
        return wait_for(lambda: execute(plan, directory, chosen, shown))


@contextmanager
def _interruptible(path: Path) -> Generator[None]:
    try:
        yield
    except asyncio.CancelledError:
        raise Interrupted(path, signal.SIGTERM) from None
    except KeyboardInterrupt:
        raise Interrupted(path, signal.SIGINT) from None
