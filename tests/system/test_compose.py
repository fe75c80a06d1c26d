"""docker-compose.yml, read as Docker Compose reads it, without an engine."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any, cast

import pytest
import yaml

from tests.daemons import ROOT

COMPOSE = cast("dict[str, Any]", yaml.safe_load((ROOT / "docker-compose.yml").read_text()))
SERVICES = cast("dict[str, dict[str, Any]]", COMPOSE["services"])
STORAGES = ("memory", "persistent")
PROFILES: dict[str, set[str]] = {
    "": {"jaeger", "volume-owner"},
    "metrics": {"jaeger", "volume-owner", "prometheus", "grafana"},
}
"""What `docker compose up` starts, and what with `--profile metrics`."""
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def started(profile: str) -> set[str]:
    return {name for name, each in SERVICES.items() if not each.get("profiles") or profile in each["profiles"]}


def text_in(value: object, **environment: str) -> str:
    """A value with Compose's variables put in."""
    return VARIABLE.sub(lambda found: environment.get(found[1], found[2]), str(value))


def mounts(service: str) -> dict[PurePosixPath, str]:
    """Path in the container -> what is there."""
    pairs = [mount.split(":") for mount in SERVICES[service].get("volumes", [])]
    return {PurePosixPath(pair[1]): pair[0] for pair in pairs}


def files_named(service: str, **environment: str) -> list[str]:
    """Paths of this checkout behind the absolute paths that a service's command and environment name."""
    words = [*SERVICES[service].get("command", []), *SERVICES[service].get("environment", {}).values()]
    found: list[str] = []
    for word in words:
        path = PurePosixPath(text_in(word, **environment).rpartition("=")[2])
        for target, source in mounts(service).items():
            if path.is_relative_to(target) and source.startswith("."):
                found.append(str(PurePosixPath(source) / path.relative_to(target)))
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_starts_what_is_documented(profile: str) -> None:
    assert started(profile) == PROFILES[profile]


@pytest.mark.parametrize("profile", PROFILES)
def test_no_two_services_want_the_same_port(profile: str) -> None:
    ports = [port for name in started(profile) for port in SERVICES[name].get("ports", [])]
    assert ports
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_every_port_is_published_to_this_machine_only() -> None:
    ports = [port for each in SERVICES.values() for port in each.get("ports", [])]
    assert all(re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port) for port in ports)
    jaeger = {port.split(":")[1] for port in SERVICES["jaeger"]["ports"]}
    assert jaeger >= {"4317", "4318", "16686", "13133", "8889"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_image_is_pinned_to_a_full_version(service: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", SERVICES[service]["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_mounted_path_is_in_the_checkout_or_a_declared_volume(service: str) -> None:
    for source in mounts(service).values():
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@pytest.mark.parametrize("storage", STORAGES)
def test_jaeger_reads_the_shipped_files(storage: str) -> None:
    named = files_named("jaeger", JAEGER_STORAGE=storage)
    assert named == [f"dashboards/jaeger/{name}" for name in ("jaeger.yaml", f"{storage}.yaml", "ui.json")]
    assert all((ROOT / name).is_file() for name in named)


def test_memory_is_the_default() -> None:
    assert files_named("jaeger") == files_named("jaeger", JAEGER_STORAGE="memory")


def test_prometheus_reads_the_shipped_file_and_asks_jaeger() -> None:
    (named,) = files_named("prometheus")
    scraped = yaml.safe_load((ROOT / named).read_text())["scrape_configs"]
    targets = [target for job in scraped for group in job["static_configs"] for target in group["targets"]]
    assert targets == ["jaeger:8889"]
    assert SERVICES["jaeger"]["environment"]["JAEGER_PROMETHEUS_URL"] == "http://prometheus:9090"


def provisioned(kind: str, key: str) -> list[dict[str, Any]]:
    """What Grafana's provisioning files of a kind list under a key."""
    folder = ROOT / mounts("grafana")[PurePosixPath("/etc/grafana/provisioning")] / kind
    return [each for file in folder.glob("*.y*ml") for each in yaml.safe_load(file.read_text())[key]]


def test_grafana_finds_the_dashboards_where_its_provisioning_says() -> None:
    providers = provisioned("dashboards", "providers")
    assert providers
    for provider in providers:
        folder = PurePosixPath(provider["options"]["path"])
        (source,) = (
            ROOT / source / folder.relative_to(target)
            for target, source in mounts("grafana").items()
            if folder.is_relative_to(target)
        )
        assert list(source.glob("*.json"))


def test_grafana_asks_the_prometheus_beside_it() -> None:
    assert "http://prometheus:9090" in [source["url"] for source in provisioned("datasources", "datasources")]


def test_who_waits_for_a_service_waits_for_one_that_is_started() -> None:
    for profile in PROFILES:
        for name in started(profile):
            assert set(SERVICES[name].get("depends_on", {})) <= started(profile)


def test_what_serves_is_checked_and_started_again() -> None:
    for name in PROFILES["metrics"] - {"volume-owner"}:
        test = SERVICES[name]["healthcheck"]["test"]
        address = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/.*", test[-1])
        assert address
        assert f"127.0.0.1:{address[1]}:{address[1]}" in SERVICES[name]["ports"]
        assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_volume_of_the_traces_belongs_to_jaegers_user() -> None:
    environment, owner = SERVICES["jaeger"]["environment"], SERVICES["volume-owner"]
    (volume,) = (
        source for target, source in mounts("jaeger").items() if str(target) == environment["JAEGER_DATA"]
    )
    assert owner["entrypoint"] == ["chown", "-R", "10001:10001", environment["JAEGER_DATA"]]
    assert owner["user"] == "root"
    assert mounts("volume-owner") == {PurePosixPath(environment["JAEGER_DATA"]): volume}
    assert SERVICES["jaeger"]["depends_on"]["volume-owner"]["condition"] == "service_completed_successfully"
