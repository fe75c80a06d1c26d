"""Settings of all tests, and Jaegers for them, run with the shipped configuration on free ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.daemons import Jaeger

if TYPE_CHECKING:
    from collections.abc import Iterator


settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is not a failure


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger that all tests share."""
    with Jaeger(tmp_path_factory.mktemp("jaeger")) as shared:
        yield shared


@pytest.fixture
def jaeger_to_start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A Jaeger of the test's own, which the test starts."""
    own = Jaeger(tmp_path_factory.mktemp("jaeger"))
    try:
        yield own
    finally:
        own.stop()


@pytest.fixture
def empty_jaeger(jaeger_to_start: Jaeger) -> Jaeger:
    """A running Jaeger of the test's own."""
    jaeger_to_start.start()
    return jaeger_to_start


@pytest.fixture
def persistent_jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger of the test's own that keeps its traces on disk, also over a restart."""
    with Jaeger(tmp_path_factory.mktemp("jaeger"), "persistent") as own:
        yield own
