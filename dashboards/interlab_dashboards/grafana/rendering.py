"""Every dashboard, as the JSON that Grafana reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from interlab_dashboards.grafana import behaviour, models, runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from grafana_foundation_sdk.builders.dashboard import Dashboard
    from grafana_foundation_sdk.models.dashboard import Dashboard as Model

DASHBOARDS: Final[dict[str, Callable[[], Dashboard]]] = {
    "runs.json": runs.dashboard,
    "models.json": models.dashboard,
    "behaviour.json": behaviour.dashboard,
}
"""File name -> what builds the dashboard."""


def documents() -> dict[str, str]:
    """File name -> JSON; the same text every time."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {name: f"{encoder.encode(_numbered(build().build()))}\n" for name, build in DASHBOARDS.items()}


def _numbered(model: Model) -> Model:
    """Give every panel an id of its own, as Grafana would on loading it."""
    for number, panel in enumerate(model.panels or [], start=1):
        panel.id_val = number
    return model
