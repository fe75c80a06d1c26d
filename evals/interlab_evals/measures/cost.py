"""What it took: invalid answers, tokens, money, time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from interlab.tracing.episodes import Call, Episode


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="lower",
    level="actor",
    undefined="the role was never asked for a move",
    source="METRICS (e)",
)
def invalid_action_rate(episode: Episode) -> dict[str, Count]:
    """Share of the moves asked of a role whose first answer was invalid.

    k/n with k = #{queries for an action: the first attempt was invalid} and n = #{queries for an action},
    whatever became of the invalid ones later.
    """
    asked = {role: [0, 0] for role in episode.roles}
    for turn in episode.all_turns:
        if turn.purpose == "action" and turn.role in asked:
            asked[turn.role][0] += not turn.valid
            asked[turn.role][1] += 1
    return {role: Count(k, n) for role, (k, n) in asked.items()}


@metric(
    kind="unbounded mean",
    unit="tokens per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="never: without model calls it is 0",
    source="GenAI semantic conventions, `gen_ai.usage.input_tokens`",
)
def input_tokens(episode: Episode) -> dict[str, float]:
    """Tokens that a role's models read.

    The sum over its calls, failed ones included.
    """
    return {role: sum(call.input_tokens for call in calls) for role, calls in _calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="tokens per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="never: without model calls it is 0",
    source="GenAI semantic conventions, `gen_ai.usage.output_tokens`",
)
def output_tokens(episode: Episode) -> dict[str, float]:
    """Tokens that a role's models wrote.

    The sum over its calls, failed ones included.
    """
    return {role: sum(call.output_tokens for call in calls) for role, calls in _calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="USD per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="the price of an answered call is unknown; without model calls it is 0",
    source="METRICS (e); prices of genai-prices at the date in the run",
)
def usd(episode: Episode) -> dict[str, float]:
    """What a role's model calls cost.

    The sum over its calls. A failed call that states no cost was billed nothing; an answered one that states
    none makes the sum unknown.
    """
    return {
        role: math.fsum(call.usd for call in calls if call.ok or not math.isnan(call.usd))
        for role, calls in _calls(episode).items()
    }


@metric(
    kind="ratio",
    unit="s per call",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="the role called no model",
    source="METRICS (e)",
)
def latency(episode: Episode) -> dict[str, Count]:
    """Mean duration of a role's model calls, retries included.

    k/n with k = seconds spent in calls, failed ones included, and n = the number of calls.
    """
    return {
        role: Count(math.fsum(call.latency for call in calls), len(calls))
        for role, calls in _calls(episode).items()
    }


def _calls(episode: Episode) -> dict[str, list[Call]]:
    calls: dict[str, list[Call]] = {role: [] for role in episode.roles}
    for turn in episode.all_turns:
        if turn.role in calls:
            calls[turn.role].extend(turn.calls)
    return calls
