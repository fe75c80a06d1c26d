"""Cost of an episode: invalid answers, tokens, money."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interlab_evals.measures.declaration import Count, metric
from interlab_evals.measures.queries import calls, decisions

if TYPE_CHECKING:
    from interlab.schema.episode import Episode


@metric(
    kind="ratio",
    unit="1",
    range=(0.0, 1.0),
    direction="lower",
    level="actor",
    undefined="the role was never asked for a move",
    source="Own definition",
)
def invalid_action_rate(episode: Episode) -> dict[str, Count]:
    """Share of the moves asked of a role whose first answer was invalid.

    k/n with k = #{queries for an action: the first attempt was invalid} and n = #{queries for an action},
    whatever became of the invalid ones later.
    """
    return {
        role: Count(sum(not turn.valid for turn in turns), len(turns))
        for role, turns in decisions(episode).items()
    }


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
    return {role: sum(call.input_tokens for call in made) for role, made in calls(episode).items()}


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
    return {role: sum(call.output_tokens for call in made) for role, made in calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="tokens per episode",
    range=(0.0, math.inf),
    direction="neutral",
    level="actor",
    undefined="never: without model calls it is 0",
    source="GenAI semantic conventions, `gen_ai.usage.cache_read.input_tokens`",
)
def cached_tokens(episode: Episode) -> dict[str, float]:
    """Tokens that the provider read from its cache.

    The sum over a role's calls; they are among its input tokens.
    """
    return {role: sum(call.cached_tokens for call in made) for role, made in calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="tokens per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="never: without model calls it is 0",
    source="GenAI semantic conventions, `gen_ai.usage.reasoning.output_tokens`",
)
def reasoning_tokens(episode: Episode) -> dict[str, float]:
    """Tokens that a role's models spent on reasoning.

    The sum over its calls; they are among its output tokens.
    """
    return {role: sum(call.reasoning_tokens for call in made) for role, made in calls(episode).items()}


@metric(
    kind="unbounded mean",
    unit="USD per episode",
    range=(0.0, math.inf),
    direction="lower",
    level="actor",
    undefined="the price of an answered call is unknown; without model calls it is 0",
    source="prices of genai-prices at the date in the run",
)
def usd(episode: Episode) -> dict[str, float]:
    """Price of a role's model calls.

    The sum over its calls. A failed call that states no cost was billed nothing; an answered one that states
    none makes the sum unknown.
    """
    return {
        role: math.fsum(call.usd for call in made if call.ok or not math.isnan(call.usd))
        for role, made in calls(episode).items()
    }
