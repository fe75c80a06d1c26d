"""Tables on tokens, prices and time, on failures and invalid moves, and on the agreement of judges."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interlab_evals.presentation.tables import Column, Row, Table
from interlab_evals.records import is_failed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from interlab.schema.episode import Episode
    from interlab_evals.records import Record


@dataclass(slots=True)
class _Spending:
    """Calls of one player."""

    episodes: set[str] = field(default_factory=set[str])
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0

    def add(self, episode: Episode, role: str) -> None:
        self.episodes.add(f"{episode.run}/{episode.id}")
        for turn in episode.all_turns:
            for call in turn.calls if turn.role == role else ():
                self.calls += 1
                self.input_tokens += call.input_tokens
                self.output_tokens += call.output_tokens
                self.usd += call.usd
                self.seconds += call.latency


def spending(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table of calls, tokens, USD and seconds per episode, if a model was called."""
    found: dict[str, _Spending] = {}
    for record in records:
        for episode in record.episodes:
            for seat in episode.seats:
                if not is_failed(episode):
                    found.setdefault(seat.player, _Spending()).add(episode, seat.role)
    called = {player: each for player, each in found.items() if each.calls}
    if not called:
        return
    yield Table(
        name="spending",
        title="Tokens, price and time",
        caption="Means per episode that was not broken off, of the calls of each player",
        columns=(
            Column(key="player"),
            Column(key="n", kind="count"),
            Column(key="calls", kind="number"),
            Column(key="input_tokens", kind="number"),
            Column(key="output_tokens", kind="number"),
            Column(key="usd", label="USD", kind="number", unit="USD"),
            Column(key="seconds", kind="number", unit="s"),
        ),
        rows=tuple(
            Row(
                (
                    player,
                    n := len(each.episodes),
                    each.calls / n,
                    each.input_tokens / n,
                    each.output_tokens / n,
                    each.usd / n,
                    each.seconds / n,
                )
            )
            for player, each in called.items()
        ),
    )


def failures(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table of failed episodes and of invalid moves, a row per scenario and player."""
    moves: dict[tuple[str, str], Counter[str]] = {}
    for record in records:
        for episode in record.episodes:
            for seat in episode.seats:
                counts = moves.setdefault((episode.scenario, seat.player), Counter())
                counts["episodes"] += 1
                counts["failed"] += is_failed(episode)
                for turn in episode.all_turns:
                    if turn.role == seat.role and turn.purpose == "action":
                        counts["moves"] += 1
                        counts["invalid"] += not turn.valid
                        counts[turn.handling] += 1
    if not moves:
        return
    keys = ("episodes", "failed", "moves", "invalid", "retried", "forfeit", "default")
    labels = {"invalid": "invalid at first", "retried": "valid on retry", "forfeit": "forfeited"}
    yield Table(
        name="failures",
        title="Failures and invalid moves",
        caption="Seats of a player in episodes, those that failed, its moves, and the handling of invalid ones",
        columns=(
            Column(key="scenario"),
            Column(key="player"),
            *(Column(key=key, label=labels.get(key, key), kind="count") for key in keys),
        ),
        rows=tuple(
            Row((scenario, player, *(counts[key] for key in keys))) for (scenario, player), counts in moves.items()
        ),
    )


def agreement(records: Sequence[Record]) -> Iterator[Table]:
    """Yield a table of the agreement of judges, a row per rubric, of the judgements kept with the runs."""
    found = [row for record in records if record.path for row in _rubrics(record.path / "judgements")]
    if not found:
        return
    yield Table(
        name="judges",
        title="Agreement of judges",
        caption="Krippendorff's alpha over all judgements of a rubric; undefined for one rater, or equal answers",
        columns=(
            Column(key="rubric"),
            Column(key="raters", kind="count"),
            Column(key="judgements", kind="count"),
            Column(key="unanswered", kind="count"),
            Column(key="alpha", kind="number", decimals=3),
        ),
        rows=tuple(found),
    )


def _rubrics(folder: Path) -> Iterator[Row]:
    import pandas as pd

    from interlab_evals.judges.agreement import krippendorff_alpha

    for path in sorted(folder.glob("*.parquet")):
        judged = pd.read_parquet(path)  # pyright: ignore[reportUnknownMemberType]
        raters = int(judged["rater"].nunique())
        numbers = pd.to_numeric(judged["answer"], errors="coerce")  # pyright: ignore[reportUnknownMemberType]
        is_scale = bool(numbers.notna().any()) and bool((numbers.isna() == judged["answer"].isna()).all())
        alpha = math.nan
        if raters > 1:
            answers = judged.assign(answer=numbers) if is_scale else judged
            alpha = krippendorff_alpha(answers, "interval" if is_scale else "nominal")
        yield Row((path.stem, raters, len(judged), int(judged["answer"].isna().sum()), alpha))
