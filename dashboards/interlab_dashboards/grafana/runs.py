"""The dashboard of how runs go: episodes, failures, moves that were invalid, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders.dashboard import Row

from interlab.metering import instruments
from interlab.schema import names
from interlab_dashboards.grafana.panels import Query, bars, choice, course, figure
from interlab_dashboards.grafana.panels import dashboard as begin
from interlab_dashboards.grafana.promql import (
    MODEL,
    OF_GAME,
    OF_MODEL,
    PLAYER,
    SCENARIO,
    SUITE,
    label,
    rate,
    ratio,
    series,
    total,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

_EPISODES: Final = series(instruments.EPISODES)
_DECISIONS: Final = series(instruments.DECISIONS)
_INVALID: Final = series(instruments.INVALID_DECISIONS)
_TOKENS: Final = series(instruments.TOKEN_USAGE, "sum")
_COST: Final = series(instruments.COST)
_STATUS: Final = label(names.EPISODE_STATUS)
_END: Final = label(names.END_REASON)


def dashboard() -> Dashboard:
    """Build it."""
    return (
        begin("interlab-runs", "InterLab: runs", "Are episodes being played, do they succeed, what do they cost?")
        .with_variable(choice("suite", _EPISODES, SUITE))
        .with_variable(choice("scenario", _EPISODES, SCENARIO))
        .with_variable(choice("model", _DECISIONS, MODEL))
        .with_row(Row("Totals"))
        .with_panel(
            figure("Episodes done", total(_EPISODES, f'{OF_GAME}, {_STATUS}="done"'), "Episodes that succeeded.")
        )
        .with_panel(
            figure(
                "Episodes failed",
                total(_EPISODES, f'{OF_GAME}, {_STATUS}="failed"'),
                "Attempts at an episode that failed; an episode played again is counted again.",
            )
        )
        .with_panel(figure("Moves", total(_DECISIONS, OF_MODEL), "Moves asked of players."))
        .with_panel(
            figure(
                "Invalid moves",
                ratio(total(_INVALID, OF_MODEL), total(_DECISIONS, OF_MODEL)),
                "Share of the moves whose first answer was invalid.",
                unit="percentunit",
            )
        )
        .with_panel(figure("Tokens", total(_TOKENS, OF_MODEL), "Tokens read and written by models."))
        .with_panel(
            figure(
                "Cost",
                total(_COST, OF_MODEL),
                "What the model calls cost whose price is known.",
                unit="currencyUSD",
            )
        )
        .with_row(Row("Episodes"))
        .with_panel(
            course(
                "Episodes per minute",
                [Query(f"60 * {rate(_EPISODES, OF_GAME, _STATUS)}", f"{{{{{_STATUS}}}}}")],
                "Episodes that ended, by how.",
            )
        )
        .with_panel(
            course(
                "Episodes so far",
                [Query(total(_EPISODES, OF_GAME, SCENARIO, _STATUS), f"{{{{{SCENARIO}}}}} {{{{{_STATUS}}}}}")],
                "Episodes that have ended in the time shown, added up.",
            )
        )
        .with_panel(
            bars(
                "How episodes ended",
                Query(total(_EPISODES, OF_GAME, SCENARIO, _END), f"{{{{{SCENARIO}}}}}: {{{{{_END}}}}}"),
                "Episodes by the reason for which they ended.",
            )
        )
        .with_panel(
            bars(
                "Invalid moves by player",
                Query(
                    ratio(total(_INVALID, OF_MODEL, PLAYER), total(_DECISIONS, OF_MODEL, PLAYER)),
                    f"{{{{{PLAYER}}}}}",
                ),
                "Share of the moves asked of a player whose first answer was invalid, pooled over episodes.",
                unit="percentunit",
                most=1,
            )
        )
    )
