"""Records written by earlier versions score to the figures that they scored to then.

``records/NAME`` is a run, its span files compressed; ``records/NAME.json.gz`` its measurements as they were
computed when it was recorded: condition, index, role, metric, value, k, n. They stem from the commit c7230489:
every shipped suite once, scripted models that talk, haggle and refuse, and code that was instrumented.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import interlab_evals as ev

RECORDS = Path(__file__).parent / "records"
NAMES = sorted(path.name for path in RECORDS.iterdir() if path.is_dir())
COLUMNS = ["condition", "index", "role", "metric", "value", "k", "n"]


def plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def test_the_suites_of_the_time_are_there() -> None:
    assert {"quickstart", "cooperation", "negotiation", "commons", "communication"} < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_earlier_record_scores_to_the_same_figures(name: str) -> None:
    expected = json.loads(gzip.decompress((RECORDS / f"{name}.json.gz").read_bytes()))
    frame = ev.metrics(RECORDS / name)
    found = [[plain(value) for value in row] for row in frame[COLUMNS].itertuples(index=False)]
    assert len(found) == len(expected)
    assert found == expected
