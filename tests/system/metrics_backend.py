"""A Prometheus that scrapes as the shipped one does, and questions put to it as Grafana puts them."""

from __future__ import annotations

import json
import math
import os
import re
import time
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import httpx2
import pytest

from tests.daemons import ROOT, Daemon, cache, free_ports

GRAFANA: Final = ROOT / "dashboards/grafana"
RANGE_S: Final = 900
"""The time that a dashboard shows."""
_SCRAPE_S: Final = 5
_WIDTH: Final = 400
"""Data points that a panel has room for."""
_SHIPPED_TARGET: Final = "jaeger:8889"

Labels = dict[str, str]


class Series(NamedTuple):
    """One series of an answer: its labels, and its finite values."""

    labels: Labels
    values: list[float]


class Question(NamedTuple):
    """A query of a panel."""

    dashboard: str
    panel: str
    text: str
    instant: bool


class Prometheus(Daemon):
    """A Prometheus with the shipped configuration, scraping ``target`` and not the container's Jaeger."""

    def __init__(self, directory: Path, target: str, port: int = 0) -> None:
        self._binary = Path(os.environ.get("INTERLAB_PROMETHEUS_BIN") or cache() / "prometheus")
        port = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        shipped = (GRAFANA / "prometheus.yml").read_text()
        assert shipped.count(_SHIPPED_TARGET) == 1
        configuration = directory / "prometheus.yml"
        configuration.write_text(shipped.replace(_SHIPPED_TARGET, target))
        super().__init__(
            [
                self._binary,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            health=f"{self.url}/-/ready",
            log=directory / "prometheus.log",
        )

    def start(self) -> None:
        """Start; fail where there is no Prometheus, for a test that was asked for must not pass by not running."""
        if not self._binary.is_file():
            pytest.fail(
                f"no Prometheus at `{self._binary}`: `make prometheus` puts one there, "
                "INTERLAB_PROMETHEUS_BIN names another"
            )
        super().start()

    def ask(self, query: str, *, instant: bool = True, **variables: str) -> list[Series]:
        """Put a question as a panel does that shows the last minutes."""
        now = time.time()
        text = expanded(query, variables)
        if instant:
            answer = self.get("query", query=text, time=str(now))
        else:
            answer = self.get(
                "query_range", query=text, start=str(now - RANGE_S), end=str(now), step=str(_interval())
            )
        return [
            Series(each["metric"], [float(value) for _, value in each.get("values") or [each["value"]]])
            for each in cast("dict[str, Any]", answer)["result"]
        ]

    def number(self, query: str, **variables: str) -> float:
        """The one number that a query gives; NaN if it gives none."""
        answer = self.ask(query, instant=True, **variables)
        assert len(answer) <= 1
        return answer[0].values[0] if answer else math.nan

    def get(self, path: str, **fields: str) -> Any:
        """Ask the HTTP API."""
        answer = httpx2.get(f"{self.url}/api/v1/{path}", params=fields, timeout=30)
        document = json.loads(answer.content)
        assert document["status"] == "success", document
        return document["data"]


def expanded(query: str, variables: dict[str, str]) -> str:
    """A query with Grafana's variables put in: its own, and the dashboard's, where all is chosen by default."""
    known = {
        "__range": f"{RANGE_S}s",
        "__rate_interval": f"{max(_interval() + _SCRAPE_S, 4 * _SCRAPE_S)}s",
        "suite": ".*",
        "scenario": ".*",
        "model": ".*",
        **variables,
    }
    return re.sub(r"\$(\w+)", lambda found: known[found[1]], query)


def questions() -> list[Question]:
    """Every query of every dashboard as it is in the repository."""
    return [
        Question(path.stem, panel["title"], target["expr"], target.get("instant", False))
        for path in sorted((GRAFANA / "dashboards").glob("*.json"))
        for panel in json.loads(path.read_text())["panels"]
        for target in panel.get("targets", [])
    ]


def offers() -> list[tuple[str, str]]:
    """Every variable that offers the values of a label: the series and the label."""
    found = {
        variable["query"]
        for path in (GRAFANA / "dashboards").glob("*.json")
        for variable in json.loads(path.read_text())["templating"]["list"]
        if variable["type"] == "query"
    }
    pattern = re.compile(r"label_values\((\w+), (\w+)\)")
    matches = [pattern.fullmatch(query) for query in sorted(found)]
    return [(match[1], match[2]) for match in matches if match is not None]


def _interval() -> int:
    """The step at which Grafana asks: what fits the panel, and no less than a scrape."""
    return max(math.ceil(RANGE_S / _WIDTH), _SCRAPE_S)
