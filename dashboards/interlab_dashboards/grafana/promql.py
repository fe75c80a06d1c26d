"""PromQL over InterLab's metrics, as a collector's Prometheus exporter names them.

Every process that plays is an instance of its own, whose sums begin at 0 and are never reset. What happened in a
stretch of time is therefore the sum over instances of the last value there, and exact. ``increase`` would miss all
that a process had done before Prometheus first saw it: everything, for a run of a few seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from interlab.schema import names

if TYPE_CHECKING:
    from interlab.metering.instruments import Instrument

_UNITS: Final = {"s": "seconds", "USD": "USD"}


def series(instrument: Instrument, part: str = "") -> str:
    """Return the name of an instrument in Prometheus.

    >>> from interlab.metering.instruments import COST, OPERATION_DURATION
    >>> series(COST), series(OPERATION_DURATION, "bucket")
    ('interlab_cost_USD_total', 'gen_ai_client_operation_duration_seconds_bucket')

    Args:
        instrument: The instrument.
        part: Of a histogram: ``bucket``, ``sum`` or ``count``.
    """
    parts = [
        label(instrument.name),
        _UNITS.get(instrument.unit, ""),
        "total" if instrument.kind == "counter" else part,
    ]
    return "_".join(each for each in parts if each)


def label(attribute: str) -> str:
    """Return the name of an attribute in Prometheus."""
    return attribute.replace(".", "_")


SUITE: Final = label(names.SUITE)
SCENARIO: Final = label(names.SCENARIO)
MODEL: Final = label(names.REQUEST_MODEL)
PLAYER: Final = label(names.PLAYER)

OF_GAME: Final = f'{SUITE}=~"$suite", {SCENARIO}=~"$scenario"'
"""Selects what the variables of a dashboard choose, where no model is known."""
OF_MODEL: Final = f'{OF_GAME}, {MODEL}=~"$model"'
"""The same, with the model; what has none, as a strategy, is among all of them."""


def total(metric: str, selector: str, *by: str) -> str:
    """Return the query of a count over the time shown.

    Args:
        metric: The series, of something that grows.
        selector: Label matchers.
        by: Labels to keep.
    """
    return f"sum{_by(by)} (last_over_time({metric}{{{selector}}}[$__range]))"


def rate(metric: str, selector: str, *by: str) -> str:
    """Return the query of a rate per second, over time."""
    return f"sum{_by(by)} (rate({metric}{{{selector}}}[$__rate_interval]))"


def ratio(numerator: str, denominator: str) -> str:
    """One query over another, matched by the labels that both keep."""
    return f"{numerator} / {denominator}"


def quantile(fraction: float, buckets: str) -> str:
    """A quantile of a histogram.

    Args:
        fraction: Which, from 0 to 1.
        buckets: A :func:`total` or :func:`rate` of its buckets that keeps ``le``.
    """
    return f"histogram_quantile({fraction:g}, {buckets})"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
