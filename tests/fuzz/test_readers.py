"""No reader fails in another way than with one line: small runs of `make fuzz`."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutate
from tests.fuzz.readers import READERS, fails


@pytest.mark.parametrize("name", READERS)
def test_the_example_is_valid(name: str, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(READERS[name].seed)
    READERS[name].read(path)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(min_value=0))
def test_a_broken_input_is_a_message(name: str, seed: int) -> None:
    reader = READERS[name]
    with tempfile.TemporaryDirectory() as directory:
        content = mutate(reader.seed, random.Random(seed))
        assert fails(reader, content, Path(directory)) is None
