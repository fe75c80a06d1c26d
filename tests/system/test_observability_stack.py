"""What `docker compose --profile metrics up` starts, without containers: Jaeger and Prometheus, as shipped."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from tests.daemons import ROOT, Jaeger, free_ports
from tests.system.command_line import succeed
from tests.system.jaeger_reading import get
from tests.system.metrics_backend import Prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.prometheus

LABELS = {
    *("service_name", "span_name", "span_kind", "status_code", "job", "instance"),
    *("interlab_suite", "interlab_scenario", "gen_ai_agent_name", "gen_ai_request_model"),
    *("otel_scope_name", "otel_scope_version", "otel_scope_schema_url", "__name__"),
}


class Stack(NamedTuple):
    jaeger: Jaeger
    prometheus: str
    runs: Path

    def play(self, rounds: int) -> None:
        """A run whose telemetry goes to this Jaeger."""
        succeed(
            *("run", "prisoners-dilemma", "--player", "strategy/tit-for-tat", "--player", "strategy/random"),
            *("-n", "4", "-p", f"rounds={rounds}", "-p", "talk=true"),
            *("--otlp", self.jaeger.otlp, "--out", self.runs, "--json"),
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Ask Prometheus, now."""
        return get(f"{self.prometheus}/api/v1/query", {"query": query})["data"]["result"]

    def monitor(self, what: str, **fields: str) -> list[float]:
        """What the Monitor tab asks for: the values of a minute, of all series."""
        window = {"lookback": "60000", "step": "1000", "ratePer": "60000", "spanKind": "internal"}
        address = f"{self.jaeger.query}/api/metrics/{what}"
        families = get(address, {**window, "service": "alice", **fields})["metrics"]
        points = [point for family in families for point in family["metricPoints"]]
        return [float(point["gaugeValue"]["doubleValue"]) for point in points]

    def await_calls(self) -> None:
        """Play until Prometheus has seen calls increase; a rate needs two scrapes."""
        deadline = time.monotonic() + 60
        while not any(value > 0 for value in self.monitor("calls")):
            assert time.monotonic() < deadline, "the Monitor tab stays empty"
            self.play(5)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("stack")
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    jaeger = Jaeger(directory, environment={"JAEGER_PROMETHEUS_URL": address, "JAEGER_METRICS_INTERVAL": "1s"})
    with jaeger, Prometheus(directory, jaeger.scraped, port):
        stack = Stack(jaeger, address, directory / "runs")
        stack.await_calls()
        yield stack


class TestTheMonitorTab:
    def test_it_shows_how_often_a_role_is_asked(self, stack: Stack) -> None:
        assert max(stack.monitor("calls")) > 0

    def test_it_shows_how_long_that_takes_and_that_nothing_failed(self, stack: Stack) -> None:
        latencies = stack.monitor("latencies", quantile="0.95")
        longest = max(each for each in latencies if not math.isnan(each))  # NaN where nothing was asked meanwhile
        assert 0 < longest < 1_000, "milliseconds"
        assert set(stack.monitor("errors")) == {0.0}

    def test_it_shows_them_by_operation(self, stack: Stack) -> None:
        fields = {"spanKind": "producer", "groupByOperation": "true", "lookback": "60000", "ratePer": "60000"}
        families = get(f"{stack.jaeger.query}/api/metrics/calls", {"service": "alice", **fields})["metrics"]
        labels = [{label["name"]: label["value"] for label in family["labels"]} for family in families]
        assert labels == [{"operation": "send alice -> bob", "service_name": "alice"}]


class TestTheMetricsOfSpans:
    def test_they_are_sliced_by_few_things_and_by_no_run(self, stack: Stack) -> None:
        series = [each["metric"] for each in stack.ask("traces_span_metrics_calls_total")]
        assert {label for each in series for label in each} <= LABELS
        assert {each["interlab_suite"] for each in series} == {"prisoners-dilemma"}
        assert {each.get("gen_ai_agent_name") for each in series} == {None, "alice", "bob"}
        runs = {path.name for path in stack.runs.iterdir()}
        assert not runs & {value for each in series for value in each.values()}

    def test_longer_games_add_no_series(self, stack: Stack) -> None:
        before = self.series(stack)
        calls = self.calls(stack)
        stack.play(60)
        deadline = time.monotonic() + 30
        while self.calls(stack) == calls:
            assert time.monotonic() < deadline, "the calls are never scraped"
            time.sleep(0.5)
        assert self.series(stack) == before

    def series(self, stack: Stack) -> int:
        return len(stack.ask('{__name__=~"traces_span_metrics_.+"}'))

    def calls(self, stack: Stack) -> float:
        return float(stack.ask("sum(traces_span_metrics_calls_total)")[0]["value"][1])


def test_what_a_run_measures_itself_gets_to_prometheus_too(stack: Stack) -> None:
    names = {each["metric"]["__name__"] for each in stack.ask('{__name__=~"interlab_.+"}')}
    assert "interlab_episodes_total" in names


def test_scraping_is_as_often_as_the_shipped_file_says(stack: Stack) -> None:
    (target,) = get(f"{stack.prometheus}/api/v1/targets")["data"]["activeTargets"]
    shipped = yaml.safe_load((ROOT / "dashboards/grafana/prometheus.yml").read_text())
    assert target["scrapeInterval"] == shipped["global"]["scrape_interval"]
    assert target["health"] == "up"
