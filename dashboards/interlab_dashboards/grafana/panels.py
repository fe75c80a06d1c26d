"""Panels, variables and dashboards as all of InterLab's look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.common import ReduceDataOptions, VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphDrawStyle,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${source}")
_JAEGER: Final = "http://localhost:16686/search?service=interlab"
_TAG: Final = "interlab"


class Query(NamedTuple):
    """Query of a panel, and the name of its answer.

    Attributes:
        text: PromQL.
        legend: Grafana's template of a series' name.
    """

    text: str
    legend: str = ""


def dashboard(uid: str, title: str, description: str) -> Dashboard:
    """Begin a dashboard with the variables that all have, and links to the other ones and to Jaeger.

    Args:
        uid: Its id, which stays the same for ever: links and bookmarks use it.
        title: Its title.
        description: What it answers.
    """
    return (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([_TAG])
        .readonly()
        .time("now-6h", "now")
        .refresh("10s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(_link("InterLab", DashboardLinkType.DASHBOARDS).tags([_TAG]).include_vars(True).keep_time(True))
        .link(_link("Traces in Jaeger", DashboardLinkType.LINK).url(_JAEGER).target_blank(True))
        .with_variable(DatasourceVariable("source").label("Data source").type("prometheus"))
    )


def _link(title: str, kind: DashboardLinkType) -> DashboardLink:
    return DashboardLink(title).type(kind).placement("")  # in sight, and not in a menu


def choice(name: str, metric: str, label: str) -> QueryVariable:
    """A variable that offers the values of a label, all of them chosen at first.

    Args:
        name: How queries call it.
        metric: The series that has the label.
        label: The label.
    """
    everything = VariableOption(selected=True, text=["All"], value=["$__all"])
    return _values(name, metric, label).multi(True).include_all(True).all_value(".*").current(everything)


def single_choice(name: str, metric: str, label: str, first: str) -> QueryVariable:
    """A variable that offers the values of a label, of which one is chosen at a time, to begin with ``first``."""
    return _values(name, metric, label).current(VariableOption(selected=True, text=first, value=first))


def _values(name: str, metric: str, label: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .datasource(_SOURCE)
        .query(f"label_values({metric}, {label})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )


def figure(title: str, query: str, description: str, *, unit: str = "short", width: int = 4) -> Stat:
    """One number about the time shown."""
    return (
        Stat()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .with_target(_instant(Query(query), 0))
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
        .unit(unit)
        .no_value("0")
        .height(4)
        .span(width)
    )


def bars(
    title: str,
    query: Query,
    description: str,
    *,
    unit: str = "short",
    least: float | None = 0,
    most: float | None = None,
) -> BarGauge:
    """One number about the time shown for each of several, side by side.

    Args:
        title: Its title.
        query: What to ask.
        description: What it says, and how it is computed.
        unit: Grafana's name of the unit.
        least: Where the scale begins; ``None`` for the least value.
        most: Where the scale ends; ``None`` for the greatest value.
    """
    panel = (
        BarGauge()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .with_target(_instant(query, 0))
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .unit(unit)
        .height(8)
        .span(12)
    )
    if least is not None:
        panel = panel.min(least)
    return panel if most is None else panel.max(most)


def course(
    title: str,
    queries: Sequence[Query],
    description: str,
    *,
    unit: str = "short",
    least: float | None = 0,
    most: float | None = None,
) -> TimeSeries:
    """Chart of a quantity over time; arguments as for :func:`bars`."""
    panel = (
        TimeSeries()
        .title(title)
        .description(description)
        .datasource(_SOURCE)
        .draw_style(GraphDrawStyle.LINE)
        .fill_opacity(10)
        .unit(unit)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .height(8)
        .span(12)
    )
    for number, query in enumerate(queries):
        panel = panel.with_target(_over_time(query, number))
    if least is not None:
        panel = panel.min(least)
    return panel if most is None else panel.max(most)


def _instant(query: Query, number: int) -> Dataquery:
    return _dataquery(query, number).instant()


def _over_time(query: Query, number: int) -> Dataquery:
    return _dataquery(query, number).range()


def _dataquery(query: Query, number: int) -> Dataquery:
    return (
        Dataquery().expr(query.text).legend_format(query.legend).ref_id(chr(ord("A") + number)).datasource(_SOURCE)
    )
