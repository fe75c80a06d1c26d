"""An episode recorded in memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from interlab.episodes.from_spans import episode_from_trace
from interlab.schema.episode import Seat
from interlab.testing.doubles import CountingIds, FakeClock
from interlab.tracing.recorder import EpisodeHeader, record_episode, record_round
from interlab.tracing.telemetry import Telemetry
from interlab_exporters.spans import Span

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from interlab.environments import Environment, Step
    from interlab.schema.content import Content
    from interlab.schema.episode import Episode, Json


@dataclass(frozen=True, slots=True)
class Recording:
    """Record of one episode.

    Attributes:
        spans: The ended spans, in the order in which they ended.
    """

    spans: list[Span] = field(default_factory=list[Span])

    @property
    def episode(self) -> Episode:
        """The episode, read back from its spans."""
        return episode_from_trace(self.spans)


class _Keeper(SpanProcessor):
    def __init__(self, kept: list[Span]) -> None:
        self._kept = kept

    def on_end(self, span: ReadableSpan) -> None:
        self._kept.append(Span.from_readable(span))


@contextmanager
def record(header: EpisodeHeader | None = None, *, content: Content = "full") -> Generator[Recording]:
    """Record what happens in the block as one episode, in memory.

    Args:
        header: What is known of the episode; by default something that does for a test.
        content: Whether prompts and messages are recorded.

    Example:
        >>> from interlab.tracing.recorder import record_turn
        >>> with record() as recording:
        ...     with record_turn("alice", "human", purpose="action", prompt="C or D?") as turn:
        ...         turn.answered("C")
        >>> [span.name for span in recording.spans]
        ['invoke_agent alice', 'invoke_workflow scenario']
    """
    recording = Recording()
    telemetry = Telemetry([_Keeper(recording.spans)], content=content, ids=CountingIds(), clock=FakeClock())
    with record_episode(telemetry, header or _header("scenario", (), {}, {}, 0)):
        yield recording


async def play(environment: Environment[Any], *, content: Content = "full", most_rounds: int = 1000) -> Recording:
    """Play an environment to its end and record it in memory.

    Args:
        environment: One that has not been started.
        content: Whether prompts and messages are recorded.
        most_rounds: After how many rounds to give up.

    Raises:
        AssertionError: There was no end after that many rounds.
    """
    header = _header(
        type(environment).__name__,
        [Seat(role=role, player="test", kind="test") for role in environment.actors],
        environment.parameters.model_dump(mode="json"),
        environment.game(environment.parameters),
        0,
    )
    recording = Recording()
    telemetry = Telemetry([_Keeper(recording.spans)], content=content, ids=CountingIds(), clock=FakeClock())
    with record_episode(telemetry, header) as episode:
        environment.start()
        await play_on(environment, most_rounds)
        environment.end()
        result = environment.result
        episode.finished(result.outcome, result.payoffs, result.end_reason)
    return recording


async def play_on(environment: Environment[Any], most_rounds: int) -> list[Step]:
    """Play an environment that has been started to its end, within an episode that is recorded or outside of one.

    Raises:
        AssertionError: There was no end after that many rounds.
    """
    steps: list[Step] = []
    while not environment.is_finished:
        assert environment.rounds_played < most_rounds, f"no end after {most_rounds} rounds"
        with record_round(environment.rounds_played + 1) as round_:
            steps.append(await environment.step())
            round_.played(steps[-1].actions, steps[-1].payoffs, steps[-1].facts)
    return steps


def _header(
    scenario: str, seats: Sequence[Seat], parameters: Mapping[str, Json], game: Mapping[str, Json], seed: int
) -> EpisodeHeader:
    return EpisodeHeader(
        run="run",
        suite="suite",
        scenario=scenario,
        condition="condition",
        id="condition.0",
        index=0,
        seed=seed,
        seats=seats,
        parameters=parameters,
        game=game,
    )
