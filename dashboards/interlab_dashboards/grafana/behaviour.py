"""The dashboard of what players do: cooperation, agreement, and any other metric, by model and by player.

A ratio is pooled, the sum of its counts over the sum of what they were counted among; any other metric is its mean
over episodes. There are no intervals here: those are in the report of a run, from its spans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders.dashboard import Row

from interlab.metering import instruments
from interlab.schema import names
from interlab_dashboards.grafana.panels import (
    Query,
    bars,
    choice,
    course,
    single_choice,
)
from interlab_dashboards.grafana.panels import (
    dashboard as begin,
)
from interlab_dashboards.grafana.promql import (
    MODEL,
    OF_MODEL,
    PLAYER,
    SCENARIO,
    SUITE,
    label,
    ratio,
    series,
    total,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
    from grafana_foundation_sdk.builders.dashboard import Dashboard

_K: Final = series(instruments.EVALUATION_K)
_N: Final = series(instruments.EVALUATION_N)
_RESULTS: Final = series(instruments.EVALUATION_RESULTS)
_METRIC: Final = label(names.EVALUATION_NAME)
_DEFINED: Final = label(names.EVALUATION_DEFINED)
_BY_MODEL: Final = f"{{{{{MODEL}}}}}"
_BY_PLAYER: Final = f"{{{{{PLAYER}}}}}"
_RATIO: Final = "Pooled over episodes: a sum of counts over a sum of counts, without an interval."


def dashboard() -> Dashboard:
    """Build it."""
    return (
        begin("interlab-behaviour", "InterLab: behaviour", "Who cooperates, who comes to an agreement?")
        .with_variable(choice("suite", _N, SUITE))
        .with_variable(choice("scenario", _N, SCENARIO))
        .with_variable(choice("model", _N, MODEL))
        .with_variable(single_choice("metric", _N, _METRIC, "mean_payoff"))
        .with_row(Row("Cooperation"))
        .with_panel(_share("Cooperation by model", "cooperation_rate", MODEL))
        .with_panel(_share("Cooperation by player", "cooperation_rate", PLAYER))
        .with_panel(_share("Mutual cooperation by model", "mutual_cooperation", MODEL))
        .with_panel(
            course(
                "Cooperation so far",
                [Query(_pooled("cooperation_rate", PLAYER), _BY_PLAYER)],
                "Cooperation in all episodes until then, by player.",
                unit="percentunit",
                most=1,
            )
        )
        .with_row(Row("Agreement"))
        .with_panel(_share("Agreement by model", "agreement_rate", MODEL))
        .with_panel(_share("Agreement by player", "agreement_rate", PLAYER))
        .with_row(Row("Any metric: $metric"))
        .with_panel(
            bars(
                "$metric by scenario and player",
                Query(_pooled("$metric", SCENARIO, PLAYER), f"{{{{{SCENARIO}}}}}: {_BY_PLAYER}"),
                "A ratio is pooled over episodes, any other metric is its mean.",
                least=None,
            )
        )
        .with_panel(
            course(
                "$metric so far",
                [Query(_pooled("$metric", PLAYER), _BY_PLAYER)],
                "The metric in all episodes until then, by player.",
                least=None,
            )
        )
        .with_panel(
            bars(
                "Results by player",
                Query(
                    total(_RESULTS, f'{OF_MODEL}, {_METRIC}="$metric"', PLAYER, _DEFINED),
                    f"{_BY_PLAYER} defined: {{{{{_DEFINED}}}}}",
                ),
                "How many results of the metric there are, and how many of them have no value.",
            )
        )
    )


def _share(title: str, metric: str, by: str) -> BarGauge:
    has_model = f', {MODEL}!=""' if by == MODEL else ""
    query = Query(_pooled(metric, by, also=has_model), _BY_MODEL if by == MODEL else _BY_PLAYER)
    return bars(title, query, _RATIO, unit="percentunit", most=1)


def _pooled(metric: str, *by: str, also: str = "") -> str:
    selector = f'{OF_MODEL}{also}, {_METRIC}="{metric}"'
    return ratio(total(_K, selector, *by), total(_N, selector, *by))
