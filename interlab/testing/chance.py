"""Guard against forbidden sources of chance."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def global_stream_left_alone() -> Generator[None]:
    """Check that nothing in the block draws from the global random stream.

    Raises:
        AssertionError: Something did.
    """
    before = random.getstate()
    yield
    assert random.getstate() == before, "the global random stream was drawn from: use one of your own"
