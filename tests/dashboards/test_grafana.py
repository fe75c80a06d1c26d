"""The Grafana dashboards in the repository: generated, about metrics that exist, found by Grafana."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any, cast

import pytest
import yaml

from interlab.metering.instruments import INSTRUMENTS
from interlab_dashboards.grafana import documents
from interlab_dashboards.grafana.__main__ import main
from interlab_dashboards.grafana.promql import series
from tests.daemons import ROOT

GRAFANA = ROOT / "dashboards/grafana"
DOCUMENTS = {name: cast("dict[str, Any]", json.loads(text)) for name, text in documents().items()}
SERIES = {
    series(each, part)
    for each in INSTRUMENTS
    for part in (("bucket", "sum", "count") if each.kind == "histogram" else ("",))
}


def read(path: str) -> Any:
    return yaml.safe_load((GRAFANA / path).read_text())


def queries(document: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in document["panels"] for target in panel.get("targets", [])]


def test_the_committed_files_are_what_python_generates() -> None:
    committed = {path.name: path.read_text() for path in (GRAFANA / "dashboards").iterdir()}
    assert committed == documents(), "run `make dashboards`"


def test_they_are_written_into_a_directory_from_which_old_ones_disappear(tmp_path: Any) -> None:
    (tmp_path / "old.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("kept")
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*DOCUMENTS, "notes.txt"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_query_asks_for_metrics_that_are_measured(name: str) -> None:
    assert queries(DOCUMENTS[name])
    for query in queries(DOCUMENTS[name]):
        asked = re.findall(r"\((\w+)\{", query)
        assert asked
        assert set(asked) <= SERIES


def test_every_metric_is_drawn() -> None:
    drawn = {
        name
        for document in DOCUMENTS.values()
        for query in queries(document)
        for name in re.findall(r"\w+", query)
    }
    for instrument in INSTRUMENTS:
        parts = ("bucket", "sum", "count") if instrument.kind == "histogram" else ("",)
        assert {series(instrument, part) for part in parts} & drawn, instrument.name


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_variable_in_a_query_is_offered(name: str) -> None:
    document = DOCUMENTS[name]
    offered = {variable["name"] for variable in document["templating"]["list"]}
    used = {word for query in queries(document) for word in re.findall(r"\$(\w+)", query)}
    assert used - {"__range", "__rate_interval"} <= offered
    assert {"source", "suite", "scenario", "model"} <= offered


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_panel_has_an_id_a_title_and_a_place_of_its_own(name: str) -> None:
    panels = DOCUMENTS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"] for panel in panels)
    assert all(panel["description"] for panel in panels if panel["type"] != "row")
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_dashboards_have_ids_of_their_own() -> None:
    assert len({document["uid"] for document in DOCUMENTS.values()}) == len(DOCUMENTS)


class TestProvisioning:
    def test_grafana_reads_the_folder_that_is_mounted(self) -> None:
        (provider,) = read("provisioning/dashboards/interlab.yml")["providers"]
        compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
        mounts = dict(mount.split(":")[:2] for mount in compose["services"]["grafana"]["volumes"])
        path = PurePosixPath(provider["options"]["path"])
        (mounted,) = (source for source, target in mounts.items() if path.is_relative_to(target))
        assert ROOT / mounted / path.relative_to(mounts[mounted]) == GRAFANA / "dashboards"

    def test_the_source_is_the_prometheus_beside_it(self) -> None:
        (source,) = read("provisioning/datasources/prometheus.yml")["datasources"]
        assert (source["type"], source["url"], source["isDefault"]) == (
            "prometheus",
            "http://prometheus:9090",
            True,
        )

    def test_grafana_knows_how_often_prometheus_scrapes(self) -> None:
        """The least interval of a rate follows from it."""
        (source,) = read("provisioning/datasources/prometheus.yml")["datasources"]
        assert source["jsonData"]["timeInterval"] == read("prometheus.yml")["global"]["scrape_interval"]

    def test_prometheus_scrapes_the_port_on_which_jaeger_exposes_metrics(self) -> None:
        (job,) = read("prometheus.yml")["scrape_configs"]
        jaeger = (ROOT / "dashboards/jaeger/jaeger.yaml").read_text()
        (port,) = re.findall(r"JAEGER_METRICS_PORT:-(\d+)", jaeger)
        assert job["static_configs"] == [{"targets": [f"jaeger:{port}"]}]
