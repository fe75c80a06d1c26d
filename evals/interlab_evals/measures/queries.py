"""Questions to each role, and the model calls that they took."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from interlab_evals.measures.sharing import once_per_episode

if TYPE_CHECKING:
    from interlab.schema.episode import Call, Episode, Turn


REFUSALS: Final = frozenset({"content_filter", "refusal"})
"""Finish reasons of an answer that was withheld."""

CUT_OFF: Final = "length"
"""Finish reason of an answer that was cut at the limit of tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTotals:
    """Calls to models, summed.

    Attributes:
        n: Number of calls, failed ones included.
        refused: Answers that the provider withheld or the model refused.
        cut_off: Answers that were cut at the limit of tokens.
        input_tokens: Tokens read.
        output_tokens: Tokens written.
        usd: Cost in US dollars; NaN where a price is unknown.
    """

    n: int = 0
    refused: int = 0
    cut_off: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0

    def plus(self, other: CallTotals) -> CallTotals:
        """Return the totals of both."""
        return CallTotals(
            n=self.n + other.n,
            refused=self.refused + other.refused,
            cut_off=self.cut_off + other.cut_off,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            usd=self.usd + other.usd,
        )


@once_per_episode
def queries(episode: Episode) -> dict[str, list[Turn]]:
    """List all queries to each role, in the order of asking."""
    found: dict[str, list[Turn]] = {role: [] for role in episode.roles}
    for turn in episode.all_turns:
        if turn.role in found:
            found[turn.role].append(turn)
    return found


@once_per_episode
def decisions(episode: Episode) -> dict[str, list[Turn]]:
    """List the queries that asked each role for a move."""
    return {role: [turn for turn in turns if turn.purpose == "action"] for role, turns in queries(episode).items()}


@once_per_episode
def calls(episode: Episode) -> dict[str, list[Call]]:
    """List each role's calls to models, failed ones included."""
    return {role: [call for turn in turns for call in turn.calls] for role, turns in queries(episode).items()}


@once_per_episode
def answered(episode: Episode) -> dict[str, list[Call]]:
    """List each role's calls to models that came back with an answer."""
    return {role: [call for call in made if call.ok] for role, made in calls(episode).items()}


def call_totals(episode: Episode) -> CallTotals:
    """Sum the calls of all roles."""
    every = [call for made in calls(episode).values() for call in made]
    if not every:
        return CallTotals()
    return CallTotals(
        n=len(every),
        refused=sum(call.ok and call.finish_reason in REFUSALS for call in every),
        cut_off=sum(call.ok and call.finish_reason == CUT_OFF for call in every),
        input_tokens=sum(call.input_tokens for call in every),
        output_tokens=sum(call.output_tokens for call in every),
        usd=math.fsum(call.usd for call in every),
    )
