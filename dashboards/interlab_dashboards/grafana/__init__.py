"""Grafana dashboards, written in Python; needs the extra ``grafana``.

``python -m interlab_dashboards.grafana DIRECTORY`` writes them as JSON. In a checkout, ``make dashboards`` does so
for ``dashboards/grafana/dashboards``: the files there are never edited by hand.
"""

from interlab_dashboards.grafana.rendering import DASHBOARDS, documents

__all__ = ["DASHBOARDS", "documents"]
