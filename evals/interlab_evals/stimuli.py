"""Warnings about figures that pool episodes whose players read different texts.

Texts are the stimulus of an experiment. Every episode records the version of the texts that its players read;
episodes of code that InterLab does not own, and those recorded before there were versions, record none.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from interlab.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

UNRECORDED: Final = "0"
"""Version of texts where none was recorded, in frames and warnings."""

_log: Final = logging.getLogger("interlab.evals")


def warn_of_mixed_texts(played: Iterable[tuple[str, str]]) -> None:
    """Log a warning, in one line, for each scenario that was played with several versions of its texts.

    Args:
        played: Scenario and version of the texts, of each episode; the version is empty if none was recorded.
    """
    versions: dict[str, dict[str, None]] = defaultdict(dict)
    for scenario, version in played:
        versions[scenario][version or UNRECORDED] = None
    for scenario, found in versions.items():
        if len(found) > 1:
            _log.warning(
                "WARNING: the players of `%s` read different texts, of versions %s; `interlab compare --by texts` "
                "shows the difference.",
                scenario,
                listed(sorted(found)),
            )


def warn_of_mixed_rows(frame: pd.DataFrame, by: Sequence[str]) -> None:
    """Log the same warnings for the rows of a frame with columns ``scenario`` and ``texts``.

    Args:
        frame: Rows of figures.
        by: The columns that tell groups apart; with ``texts`` among them, nothing is pooled.
    """
    if {"scenario", "texts"} <= set(frame.columns) and "texts" not in by:
        rows = frame[["scenario", "texts"]].drop_duplicates()
        warn_of_mixed_texts(rows.itertuples(index=False, name=None))
