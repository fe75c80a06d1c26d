"""Record interactions that other code plays: AutoGen, LangGraph, a loop of your own.

What is recorded so is a run like any other: it can be scored, reported, exported, and watched in Jaeger.

>>> import interlab as il
>>> with il.trace.run("study", out=directory) as run:
...     with run.episode(
...         "duel", players={"alice": "my/bot", "bob": "my/other"}, game="prisoners-dilemma"
...     ) as episode:
...         with episode.round() as round:
...             round.action("alice", "C")
...             round.action("bob", "D")
...             round.payoff({"alice": 0, "bob": 5})
>>> run.done
1

Blocks give handles, which work from any thread. The functions of the same names act on what is current where they
are called, and do nothing in a process that plays no episode.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context

from interlab.errors import UsageError
from interlab.instrumentation.context import wrap
from interlab.instrumentation.episodes import EPISODE, TracedEpisode
from interlab.instrumentation.foreign_spans import EpisodeTracerProvider
from interlab.instrumentation.rounds import TracedRound
from interlab.instrumentation.runs import OPEN, TracedRun, open_run
from interlab.instrumentation.turns import TracedTurn
from interlab.models import prices

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from interlab.schema.episode import EndReason, Purpose

__all__ = [
    "TracedEpisode",
    "TracedRound",
    "TracedRun",
    "TracedTurn",
    "action",
    "episode",
    "facts",
    "message",
    "outcome",
    "payoff",
    "round",
    "run",
    "tracer_provider",
    "turn",
    "wrap",
]

run = TracedRun
"""Begin a run; see :class:`TracedRun`."""


@cache
def tracer_provider() -> EpisodeTracerProvider:
    """Return the tracer provider for OpenTelemetry instrumentations whose spans join the current episode.

    Example:
        >>> from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
        >>> import interlab as il
        >>> OpenAIInstrumentor().instrument(tracer_provider=il.trace.tracer_provider())
        >>> OpenAIInstrumentor().uninstrument()
    """
    return EpisodeTracerProvider(prices.usd)


def episode(
    scenario: str,
    *,
    players: Mapping[str, str],
    models: Mapping[str, str] | None = None,
    game: str | Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    metrics: Sequence[str] | None = None,
    seed: int | None = None,
) -> AbstractContextManager[TracedEpisode]:
    """Record an episode of the open run; see :meth:`TracedRun.episode`.

    Where no run is open, one named ``traced`` begins, which ends with the process.

    Raises:
        UsageError: Several runs are open, or what is asked for does not exist or fit.
    """
    return open_run().episode(
        scenario,
        players=players,
        models=models,
        game=game,
        parameters=parameters,
        metrics=metrics,
        seed=seed,
    )


@contextmanager
def round() -> Generator[TracedRound]:  # noqa: A001  the word for it
    """Record a round of the current episode; see :meth:`TracedEpisode.round`."""
    with _some_episode() as current, current.round() as begun:
        yield begun


@contextmanager
def turn(
    role: str, *, prompt: str | None = None, purpose: Purpose = "action", observations: Sequence[str] = ()
) -> Generator[TracedTurn]:
    """Record a query to a player in the current round, or outside of any; see :meth:`TracedRound.turn`."""
    with _some_episode() as current:
        place = current.current_round or current
        with place.turn(role, prompt=prompt, purpose=purpose, observations=observations) as begun:
            yield begun


def action(role: str, action: object) -> None:
    """Say what a player did in the current round; see :meth:`TracedRound.action`."""
    current = _current_episode()
    if current is not None:
        _round_of(current).action(role, action)


def facts(facts: Mapping[str, Any]) -> None:
    """Say what else happened in the current round in public; see :meth:`TracedRound.facts`."""
    current = _current_episode()
    if current is not None:
        _round_of(current).facts(facts)


def message(sender: str, receivers: str | Sequence[str], text: str, announced_action: object = None) -> None:
    """Record a message in the current round, or outside of any; see :meth:`TracedRound.message`."""
    current = _current_episode()
    if current is not None:
        (current.current_round or current).message(sender, receivers, text, announced_action)


def payoff(payoffs: Mapping[str, float]) -> None:
    """Say what the current round paid, or what adds to the totals; see :meth:`TracedRound.payoff`."""
    current = _current_episode()
    if current is not None:
        (current.current_round or current).payoff(payoffs)


def outcome(
    outcome: Mapping[str, Any] | None = None,
    *,
    payoffs: Mapping[str, float] | None = None,
    end_reason: EndReason = "completed",
) -> None:
    """Say what came of the current episode; see :meth:`TracedEpisode.outcome`."""
    current = _current_episode()
    if current is not None:
        current.outcome(outcome, payoffs=payoffs, end_reason=end_reason)


def _current_episode() -> TracedEpisode | None:
    """The recorded episode in which this code runs.

    Raises:
        UsageError: There is none here, but there is elsewhere, so that this code most likely lost sight of it.
    """
    found = otel_context.get_value(EPISODE)
    if isinstance(found, TracedEpisode):
        return found if found.run is not None else None
    if OPEN.has_episodes:
        raise UsageError(
            "an episode is open, but not in this thread or task: use its handle, or hand work over as "
            "`il.trace.wrap(function)`"
        )
    return None


@contextmanager
def _some_episode() -> Generator[TracedEpisode]:
    """Return the current episode or, outside of any, one that is not recorded."""
    current = _current_episode()
    if current is not None:
        yield current
    else:
        unrecorded = TracedEpisode()
        with unrecorded.entered():
            yield unrecorded


def _round_of(current: TracedEpisode) -> TracedRound:
    if current.current_round is None:
        raise UsageError(f"episode `{current.id}` is in no round: begin one, `with il.trace.round():`")
    return current.current_round
