"""Health of a run: time, repeated and failed requests, answers of the wrong form, refusals."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from interlab_evals.measures.declaration import Count, metric
from interlab_evals.measures.queries import CUT_OFF, REFUSALS, answered, calls, decisions, queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interlab.schema.episode import Episode

_NO_CALL: Final = "the role called no model"
_NO_ANSWER: Final = "no call of the role's models was answered"

_rate = partial(metric, kind="ratio", direction="lower", level="actor")
_seconds = partial(metric, unit="s per call", range=(0.0, math.inf), direction="lower", level="actor")


@_seconds(kind="ratio", undefined=_NO_CALL, source="Own definition")
def latency(episode: Episode) -> dict[str, Count]:
    """Mean duration of a role's model calls, retries included.

    k/n with k = seconds spent in calls, failed ones included, and n = the number of calls.
    """
    return {
        role: Count(math.fsum(call.latency for call in made), len(made)) for role, made in calls(episode).items()
    }


@_seconds(kind="unbounded mean", undefined=_NO_CALL, source="Own definition")
def latency_p50(episode: Episode) -> dict[str, float]:
    """Median duration of a role's model calls in an episode, retries included.

    The 0.5 quantile, linear between neighbours.
    """
    return {role: quantile([call.latency for call in made], 0.5) for role, made in calls(episode).items()}


@_seconds(kind="unbounded mean", undefined=_NO_CALL, source="Own definition")
def latency_p95(episode: Episode) -> dict[str, float]:
    """Latency that 95 % of a role's model calls in an episode stayed within, retries included.

    The 0.95 quantile, linear between neighbours.
    """
    return {role: quantile([call.latency for call in made], 0.95) for role, made in calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="s per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="episode",
    undefined="never",
    source="Own definition",
)
def wall_clock(episode: Episode) -> float:
    """Duration of the episode.

    Seconds from the start to the end of its root span.
    """
    return episode.duration


@_rate(undefined="the role was never asked for a move", source="Own definition")
def retry_rate(episode: Episode) -> dict[str, Count]:
    """Share of the moves asked of a role for which it had to be asked again.

    k/n with k = #{queries for an action: more than one attempt} and n = #{queries for an action}.
    """
    return {
        role: Count(sum(turn.attempts > 1 for turn in turns), len(turns))
        for role, turns in decisions(episode).items()
    }


@_rate(undefined="the role was never asked anything", source="Own definition")
def format_failure_rate(episode: Episode) -> dict[str, Count]:
    """Share of the queries to a role that never got an answer of the form asked for.

    k/n with k = #{queries: no attempt was valid} and n = #{queries}, those for messages and thoughts included.
    """
    return {
        role: Count(sum(turn.handling in {"forfeit", "default", "fail"} for turn in turns), len(turns))
        for role, turns in queries(episode).items()
    }


@_rate(undefined=_NO_ANSWER, source="GenAI semantic conventions, `gen_ai.response.finish_reasons`")
def refusal_rate(episode: Episode) -> dict[str, Count]:
    """Share of the answers of a role's models that its provider withheld or the model refused.

    k/n with k = #{answered calls: finish reason ``content_filter`` or ``refusal``} and n = #{answered calls}. A
    refusal in prose shows in `invalid_action_rate`.
    """
    return {
        role: Count(sum(call.finish_reason in REFUSALS for call in made), len(made))
        for role, made in answered(episode).items()
    }


@_rate(undefined=_NO_ANSWER, source="GenAI semantic conventions, `gen_ai.response.finish_reasons`")
def truncation_rate(episode: Episode) -> dict[str, Count]:
    """Share of the answers of a role's models that were cut at the limit of tokens.

    k/n with k = #{answered calls: finish reason ``length``} and n = #{answered calls}.
    """
    return {
        role: Count(sum(call.finish_reason == CUT_OFF for call in made), len(made))
        for role, made in answered(episode).items()
    }


@_rate(undefined=_NO_CALL, source="Own definition")
def call_failure_rate(episode: Episode) -> dict[str, Count]:
    """Share of a role's model calls that failed for good.

    k/n with k = #{calls: an error} and n = #{calls}.
    """
    return {role: Count(sum(not call.ok for call in made), len(made)) for role, made in calls(episode).items()}


@metric(
    kind="ratio",
    unit="repeats per call",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined=_NO_CALL,
    source="Own definition",
)
def request_repeats(episode: Episode) -> dict[str, Count]:
    """Number of requests sent again after a rate limit or a server error.

    k/n with k = the repeats of all calls and n = the number of calls.
    """
    return {role: Count(sum(call.retries for call in made), len(made)) for role, made in calls(episode).items()}


@metric(kind="rate", direction="higher", level="episode", undefined="never", source="Own definition")
def completion_rate(episode: Episode) -> Count:
    """Share of episodes played to their end.

    k = 1[no error, and no budget ran out], n = 1. Tables of other metrics leave failed episodes out; this one is
    about them, so take it from `interlab_evals.metrics`.
    """
    return Count(int(episode.error is None and episode.end_reason not in {"error", "budget"}), 1)


def quantile(values: Sequence[float], level: float) -> float:
    """Quantile of a sample, linear between neighbours; NaN for an empty one."""
    if not values:
        return math.nan
    ranked = sorted(values)
    place = level * (len(ranked) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (place - below) * (ranked[above] - ranked[below])
