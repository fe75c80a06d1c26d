"""The dashboard of the models: calls, latency, errors, tokens, cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders.dashboard import Row

from interlab.metering import instruments
from interlab.schema import names
from interlab_dashboards.grafana.panels import Query, bars, choice, course
from interlab_dashboards.grafana.panels import dashboard as begin
from interlab_dashboards.grafana.promql import (
    MODEL,
    OF_MODEL,
    SCENARIO,
    SUITE,
    label,
    quantile,
    rate,
    ratio,
    series,
    total,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

_CALLS: Final = series(instruments.OPERATION_DURATION, "count")
_LATENCIES: Final = series(instruments.OPERATION_DURATION, "bucket")
_TOKENS: Final = series(instruments.TOKEN_USAGE, "sum")
_COST: Final = series(instruments.COST)
_UNPRICED: Final = series(instruments.UNPRICED_CALLS)
_TOKEN_TYPE: Final = label(names.TOKEN_TYPE)
_ERROR: Final = label(names.ERROR_TYPE)
_BY_MODEL: Final = f"{{{{{MODEL}}}}}"
_QUANTILES: Final = (0.5, 0.95, 0.99)


def dashboard() -> Dashboard:
    """Build it."""
    built = (
        begin("interlab-models", "InterLab: models", "How fast, how reliable and how expensive are the models?")
        .with_variable(choice("suite", _CALLS, SUITE))
        .with_variable(choice("scenario", _CALLS, SCENARIO))
        .with_variable(choice("model", _CALLS, MODEL))
    )
    for section in (_calls, _tokens, _money):
        built = section(built)
    return built


def _calls(built: Dashboard) -> Dashboard:
    return (
        built.with_row(Row("Calls"))
        .with_panel(
            course(
                "Latency",
                [
                    Query(quantile(each, rate(_LATENCIES, OF_MODEL, "le", MODEL)), f"{_BY_MODEL} p{each * 100:g}")
                    for each in _QUANTILES
                ],
                "Quantiles of the duration of a call, retries included, estimated from buckets that double.",
                unit="s",
            )
        )
        .with_panel(
            bars(
                "Latency, 95th percentile",
                Query(quantile(0.95, total(_LATENCIES, OF_MODEL, "le", MODEL)), _BY_MODEL),
                "Over all calls in the time shown.",
                unit="s",
            )
        )
        .with_panel(
            course(
                "Calls per minute",
                [Query(f"60 * {rate(_CALLS, OF_MODEL, MODEL)}", _BY_MODEL)],
                "Calls that ended, failed ones included.",
            )
        )
        .with_panel(
            bars(
                "Failed calls",
                Query(total(_CALLS, f'{OF_MODEL}, {_ERROR}!=""', MODEL, _ERROR), f"{_BY_MODEL} {{{{{_ERROR}}}}}"),
                "Calls that failed after their retries, by error.",
            )
        )
    )


def _tokens(built: Dashboard) -> Dashboard:
    by_type = f"{_BY_MODEL} {{{{{_TOKEN_TYPE}}}}}"
    return (
        built.with_row(Row("Tokens"))
        .with_panel(
            course(
                "Tokens per minute",
                [Query(f"60 * {rate(_TOKENS, OF_MODEL, MODEL, _TOKEN_TYPE)}", by_type)],
                "Tokens read (input) and written (output).",
            )
        )
        .with_panel(
            bars(
                "Tokens",
                Query(total(_TOKENS, OF_MODEL, MODEL, _TOKEN_TYPE), by_type),
                "All tokens in the time shown.",
            )
        )
        .with_panel(
            bars(
                "Tokens per call",
                Query(
                    ratio(
                        total(_TOKENS, OF_MODEL, MODEL, _TOKEN_TYPE),
                        total(series(instruments.TOKEN_USAGE, "count"), OF_MODEL, MODEL, _TOKEN_TYPE),
                    ),
                    by_type,
                ),
                "Mean over the calls that were answered.",
            )
        )
    )


def _money(built: Dashboard) -> Dashboard:
    return (
        built.with_row(Row("Cost"))
        .with_panel(
            course(
                "Cost so far",
                [Query(total(_COST, OF_MODEL, MODEL), _BY_MODEL)],
                "Cost of all calls whose price is known, added up over the time shown.",
                unit="currencyUSD",
            )
        )
        .with_panel(
            bars(
                "Cost by scenario",
                Query(total(_COST, OF_MODEL, SCENARIO, MODEL), f"{{{{{SCENARIO}}}}} {_BY_MODEL}"),
                "Cost of the calls whose price is known.",
                unit="currencyUSD",
            )
        )
        .with_panel(
            bars(
                "Calls without a price",
                Query(total(_UNPRICED, OF_MODEL, MODEL), _BY_MODEL),
                "Calls that were answered, and are missing in the cost since no one knows their price.",
            )
        )
    )
