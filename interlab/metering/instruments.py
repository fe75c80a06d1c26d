"""The OpenTelemetry metrics that there are: names, units, and what they say.

They are measured by :mod:`interlab.metering.span_metrics`, and drawn by the dashboards.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from opentelemetry.metrics import Observation

from interlab.schema import names

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Histogram, Meter
    from opentelemetry.util.types import AttributeValue


@dataclass(frozen=True, slots=True)
class Instrument:
    """Names of the instruments.

    Attributes:
        name: The metric's name.
        kind: ``counter`` only grows, ``sum`` may shrink, ``histogram`` counts values by size.
        unit: In UCUM; braces hold what is counted.
        description: What it says.
        boundaries: Upper bounds of a histogram's buckets.
    """

    name: str
    kind: Literal["counter", "sum", "histogram"]
    unit: str
    description: str
    boundaries: tuple[float, ...] = ()


TOKEN_USAGE: Final = Instrument(
    names.TOKEN_USAGE,
    "histogram",
    "{token}",
    "Tokens of a model call, by type.",
    tuple(float(4**power) for power in range(14)),
)
OPERATION_DURATION: Final = Instrument(
    names.OPERATION_DURATION,
    "histogram",
    "s",
    "Duration of a model call, retries included.",
    tuple(0.01 * 2**power for power in range(14)),
)
COST: Final = Instrument(names.COST, "counter", "USD", "Cost of the model calls whose price is known.")
UNPRICED_CALLS: Final = Instrument(
    names.UNPRICED_CALLS, "counter", "{call}", "Model calls answered whose price is unknown."
)
EPISODES: Final = Instrument(names.EPISODES, "counter", "{episode}", "Episodes that have ended.")
DECISIONS: Final = Instrument(names.DECISIONS, "counter", "{decision}", "Moves asked of a player.")
INVALID_DECISIONS: Final = Instrument(
    names.INVALID_DECISIONS, "counter", "{decision}", "Moves asked of a player whose first answer was invalid."
)
EVALUATION_K: Final = Instrument(
    names.EVALUATION_K, "sum", "1", "Sum of what a metric counted: the k of a ratio k/n, else the value itself."
)
EVALUATION_N: Final = Instrument(
    names.EVALUATION_N, "sum", "1", "Sum of what it was counted among: the n of a ratio k/n, else 1 per value."
)
EVALUATION_RESULTS: Final = Instrument(
    names.EVALUATION_RESULTS, "counter", "{result}", "Results of metrics, by whether there was a value."
)
INSTRUMENTS: Final = (
    TOKEN_USAGE,
    OPERATION_DURATION,
    COST,
    UNPRICED_CALLS,
    EPISODES,
    DECISIONS,
    INVALID_DECISIONS,
    EVALUATION_K,
    EVALUATION_N,
    EVALUATION_RESULTS,
)
"""Every instrument, in the order in which they are documented."""


Key = tuple[tuple[str, "AttributeValue"], ...]
"""Key of a sum: attributes as pairs."""


class Sum:
    """A sum by attributes that is kept here and handed over when metrics are collected.

    Adding to an instrument of the SDK takes some fifty times as long, and an episode adds a hundred times.
    """

    def __init__(self) -> None:
        self._values: dict[Key, float] = {}
        self._lock = threading.Lock()

    def add(self, amount: float, key: Key) -> None:
        """Add to the sum of these attributes."""
        with self._lock:
            self._values[key] = self._values.get(key, 0) + amount

    def observe(self, _: CallbackOptions) -> list[Observation]:
        """Every sum as it stands."""
        with self._lock:
            values = list(self._values.items())
        return [Observation(value, dict(key)) for key, value in values]


def counter(meter: Meter, instrument: Instrument) -> Sum:
    """Make a sum that only grows."""
    kept = Sum()
    meter.create_observable_counter(instrument.name, [kept.observe], instrument.unit, instrument.description)
    return kept


def up_down_counter(meter: Meter, instrument: Instrument) -> Sum:
    """Make a sum that may shrink."""
    kept = Sum()
    meter.create_observable_up_down_counter(
        instrument.name, [kept.observe], instrument.unit, instrument.description
    )
    return kept


def histogram(meter: Meter, instrument: Instrument) -> Histogram:
    """Make an instrument that counts values by size."""
    return meter.create_histogram(
        instrument.name,
        instrument.unit,
        instrument.description,
        explicit_bucket_boundaries_advisory=instrument.boundaries,
    )
