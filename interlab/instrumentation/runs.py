"""Runs whose episodes other code plays: a directory like any other run's."""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from interlab.errors import UsageError
from interlab.instrumentation.episodes import TracedEpisode
from interlab.instrumentation.games import game_of
from interlab.instrumentation.openings import Openings
from interlab.instrumentation.plans import GrowingPlan
from interlab.redaction import without_secrets
from interlab.running.evaluation import evaluate, failure_reason, find_metric
from interlab.running.live import check_endpoint
from interlab.running.recording import recording
from interlab.running.run import Run, warn_of_losses
from interlab.running.store import RunDirectory
from interlab.schema.episode import Seat
from interlab.settings import settings
from interlab.tracing.recorder import INTERRUPTIONS, EpisodeHeader, record_episode

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Self

    from interlab.instrumentation.plans import Place
    from interlab.running.plan import RecordedPlan
    from interlab.running.recording import Recording
    from interlab.running.store import Status
    from interlab.schema.content import Content
    from interlab.schema.episode import Json


class TracedRun:
    """A run that other code executes; a context manager, or ended by :meth:`close`.

    Any number of its episodes may be played at once, in tasks and threads.

    Args:
        name: What the run is called, in place of a suite's name.
        seed: Seed of the run, from which those of episodes come.
        out: Directory that the run's own directory is made in; by default ``runs``.
        otlp: Endpoint that spans are sent to live.
        content: ``"none"`` keeps prompts and messages out of the record.

    Raises:
        ParameterError: The name or the seed is not valid.
        ConfigurationError: The endpoint is not valid.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int = 0,
        out: str | PathLike[str] | None = None,
        otlp: str | None = None,
        content: Content | None = None,
    ) -> None:
        found = settings()
        self._plan = GrowingPlan(name, seed, content or found.content, self._write)
        self._directory = RunDirectory.create(Path(out) if out is not None else found.runs, name)
        self._endpoint = otlp or found.otlp
        if self._endpoint:
            check_endpoint(self._endpoint)
        public = without_secrets(self._endpoint) if self._endpoint else None
        self._run = Run(path=self._directory.path, planned=0, otlp=public)
        self._lock = threading.Lock()
        self._was_interrupted = False
        self._open = ExitStack()
        self._record: Recording | None = None

    def open(self) -> Recording:
        """Make the directory and begin the record, unless that is done; entering the block and episodes do it.

        Raises:
            ConfigurationError: The directory cannot be made.
            RecordError: The record cannot be written.
        """
        with self._lock:
            if self._record is None:
                run, plan = self._run, self._plan.plan
                with ExitStack() as opening:
                    self._directory.make()
                    opening.enter_context(self._directory.locked())
                    opening.callback(warn_of_losses, run)
                    self._record = opening.enter_context(
                        recording(plan, self._directory, run, self._endpoint, instrumented=True)
                    )
                    self._open = opening.pop_all()
            return self._record

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self._run.path

    @property
    def id(self) -> str:
        """The run's id."""
        return self._run.id

    @property
    def done(self) -> int:
        """Number of episodes that have succeeded so far."""
        return self._run.done

    @property
    def failures(self) -> Mapping[str, int]:
        """Reasons of failed episodes so far: message -> number of episodes."""
        return self._run.failures

    @property
    def is_open(self) -> bool:
        """True if further episodes can be recorded."""
        return self._run.status == "running"

    @contextmanager
    def episode(
        self,
        scenario: str,
        *,
        players: Mapping[str, str],
        models: Mapping[str, str] | None = None,
        game: str | Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        metrics: Sequence[str] | None = None,
        seed: int | None = None,
    ) -> Generator[TracedEpisode]:
        """Record an episode for the length of the block, and judge it at its end.

        A block that raises fails the episode, and what it raised goes on. One that is interrupted (Ctrl-C,
        cancelled) leaves no episode.

        Args:
            scenario: What is played.
            players: Role -> what to call who plays it (``autogen/gpt-5-mini``), in seat order.
            models: Role -> model (``openai/gpt-5-mini``) of those players that are language models.
            game: Name of a scenario of InterLab, which then gives facts, default parameters and metrics; or the
                facts that metrics need, in the words of docs/adr/0004.
            parameters: What varies between conditions.
            metrics: Names of the metrics that judge it; by default those of the scenario that ``game`` names.
            seed: The episode's own seed; by default derived from the run's, scenario, parameters and number.

        Raises:
            UsageError: A scenario, parameter or metric does not exist or fit, another episode of the same
                condition said otherwise, or the run has ended.
        """
        if not self.is_open:
            raise UsageError(f"run `{self.path}` has ended: begin another")
        record = self.open()
        if unknown := set(models or {}) - set(players):
            raise UsageError(f"`models` names {', '.join(sorted(unknown))}, whom `players` does not")
        known = game_of(game or {}, parameters or {}, metrics, tuple(players))
        judges = [find_metric(name) for name in known.metrics]
        place = self._plan.place(scenario, players, known, seed)
        header = self._header(place, players, models or {}, known.facts)
        with self._accounted(record):
            episode = TracedEpisode(self, id=header.id, seed=header.seed, players=players)
            with record_episode(record.telemetry, header, record.link, judged=bool(judges)) as recorder:
                with OPEN.episode(), episode.entered():
                    yield episode
                episode.finish(recorder)
                if judges:
                    evaluate(recorder, judges)

    def close(self, status: Status = "completed") -> None:
        """End the run; doing it twice does nothing.

        Args:
            status: What ``run.json`` is to say of it; ``completed`` turns into ``interrupted`` after Ctrl-C.

        Raises:
            RecordError: The end of the record cannot be written.
        """
        OPEN.end(self)
        with self._lock:
            if not self.is_open:
                return
            interrupted = self._was_interrupted and status == "completed"
            self._run.status = "interrupted" if interrupted else status
        if self._record is not None:
            self._record.document["plan"] = self._plan.plan.model_dump(mode="json")
        self._open.close()

    def __enter__(self) -> Self:
        self.open()
        OPEN.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close("completed")
        else:
            self.close("interrupted" if isinstance(error, INTERRUPTIONS) else "failed")

    @contextmanager
    def _accounted(self, record: Recording) -> Generator[None]:
        try:
            yield
        except INTERRUPTIONS as interruption:
            self._was_interrupted |= isinstance(interruption, KeyboardInterrupt)
            raise
        except Exception as error:
            with self._lock:
                self._run.failures[failure_reason(error)] += 1
            raise
        else:
            with self._lock:
                self._run.done += 1
        finally:
            record.spans.sync()

    def _header(
        self, place: Place, players: Mapping[str, str], models: Mapping[str, str], facts: Mapping[str, Json]
    ) -> EpisodeHeader:
        condition = place.condition
        return EpisodeHeader(
            run=self.id,
            suite=self._plan.name,
            scenario=condition.scenario,
            condition=condition.id,
            id=f"{condition.id}.{place.index}",
            index=place.index,
            seed=place.seed,
            parameters=condition.parameters,
            game=facts,
            seats=[_seat(role, player, models.get(role)) for role, player in players.items()],
        )

    def _write(self, plan: RecordedPlan) -> None:
        record = self.open()
        record.document["plan"] = plan.model_dump(mode="json")
        self._directory.write(record.document)


OPEN: Final = Openings[TracedRun]()
"""Runs and episodes that are open in this process."""


class _Default:
    """The run of episodes that are recorded while no run is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run: TracedRun | None = None

    def run(self) -> TracedRun:
        """Begin it, unless it is open; it ends with the process."""
        with self._lock:
            if self._run is None or not self._run.is_open:
                self._run = TracedRun("traced")
                atexit.register(self._run.close)
            return self._run


_DEFAULT: Final = _Default()


def open_run() -> TracedRun:
    """The run whose block is open; where there is none, one that ends with the process.

    Raises:
        UsageError: Several are open.
    """
    return OPEN.run() or _DEFAULT.run()


def _seat(role: str, player: str, model: str | None) -> Seat:
    return Seat(role=role, player=player, kind="external" if model is None else "llm", model=model)
