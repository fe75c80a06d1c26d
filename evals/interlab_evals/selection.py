"""Selection of episodes and rows by conditions on their columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interlab.errors import ParameterError
from interlab_evals.frames import IDENTITY, identity_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interlab.schema.episode import Episode
    from interlab_evals.records import Record


def rows_where(frame: pd.DataFrame, conditions: Sequence[str] | None) -> pd.DataFrame:
    """Keep the rows for which every condition holds.

    Args:
        frame: Rows of a frame.
        conditions: ``COLUMN=VALUE`` each.

    Raises:
        ParameterError: A condition cannot be read or names no column, or no row is left.
    """
    for condition in conditions or ():
        column, equals, value = condition.partition("=")
        if not equals or column not in frame.columns:
            known = ", ".join(map(str, frame.columns))
            raise ParameterError(f"`--where {condition}`: write COLUMN=VALUE with one of the columns {known}")
        frame = frame[frame[column].astype("string") == value]
        if frame.empty:
            raise ParameterError(f"`--where {condition}`: there is no such row")
    return frame


def episodes_where(record: Record, conditions: Sequence[str]) -> Record:
    """Keep the episodes of which at least one role satisfies every condition.

    Raises:
        ParameterError: A condition cannot be read, or names a column that not all frames have.
    """
    if not conditions:
        return record
    wanted: list[tuple[int, str]] = []
    for condition in conditions:
        column, equals, value = condition.partition("=")
        if not equals or column not in IDENTITY:
            known = ", ".join(IDENTITY)
            raise ParameterError(
                f"invalid condition `{condition}`: expected COLUMN=VALUE with a column of {known}"
            )
        wanted.append((list(IDENTITY).index(column), value))

    def fits(episode: Episode) -> bool:
        return any(
            all(str(row[place]) == value for place, value in wanted) for row in identity_rows(episode).values()
        )

    return replace(record, episodes=tuple(each for each in record.episodes if fits(each)))
