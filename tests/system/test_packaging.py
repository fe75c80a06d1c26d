"""The wheel: what is in it, and that it works where the checkout is not."""

from __future__ import annotations

import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.system.command_line import document_of, succeed

pytestmark = pytest.mark.packaging

CHECKOUT = Path(__file__).parents[2]
SOURCES = {
    "interlab": CHECKOUT / "interlab",
    "interlab_evals": CHECKOUT / "evals/interlab_evals",
    "interlab_exporters": CHECKOUT / "exporters/interlab_exporters",
    "interlab_dashboards": CHECKOUT / "dashboards/interlab_dashboards",
}
SHIPPED_SUITES = "interlab_evals/shipped_suites"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    program = Path(sys.executable)
    succeed("-m", "build", "--wheel", "--outdir", directory, CHECKOUT, program=program, timeout=300)
    (built,) = directory.iterdir()
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scripts of a virtual environment are into which the wheel has been installed."""
    directory = tmp_path_factory.mktemp("elsewhere") / "venv"
    succeed("-m", "venv", directory, program=Path(sys.executable))
    scripts = directory / "bin"
    constraints = CHECKOUT / "constraints.txt"
    succeed("install", "--quiet", "--constraint", constraints, wheel, program=scripts / "pip", timeout=600)
    return scripts


class TestContents:
    def test_it_has_every_source_file_and_no_other(self, contents: set[str]) -> None:
        wanted = {
            f"{package}/{path.relative_to(folder).as_posix()}"
            for package, folder in SOURCES.items()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        wanted |= {f"{SHIPPED_SUITES}/{path.name}" for path in (CHECKOUT / "evals/suites").glob("*.toml")}
        assert {name for name in contents if ".dist-info/" not in name} == wanted

    @pytest.mark.parametrize(
        "name",
        [
            *(f"{package}/py.typed" for package in SOURCES),
            "interlab/models/providers.toml",
            f"{SHIPPED_SUITES}/quickstart.toml",
        ],
    )
    def test_it_has_what_is_no_module(self, contents: set[str], name: str) -> None:
        assert name in contents

    def test_it_has_the_license(self, contents: set[str]) -> None:
        assert any(re.fullmatch(r"interlab_otel-[^/]+\.dist-info/licenses/LICENSE", name) for name in contents)

    def test_it_has_no_tests(self, contents: set[str]) -> None:
        assert not [name for name in contents if re.search(r"(^|/)(tests?|conftest|benchmarks)(/|\.py)", name)]

    def test_it_has_the_entry_points_of_the_project(self, wheel: Path, contents: set[str]) -> None:
        (name,) = (name for name in contents if name.endswith(".dist-info/entry_points.txt"))
        with zipfile.ZipFile(wheel) as archive:
            text = archive.read(name).decode()
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
        wanted = {"console_scripts": project["scripts"], **project["entry-points"]}
        assert sorted(re.findall(r"^\[(.+)\]$", text, re.MULTILINE)) == sorted(wanted)
        assert sorted(re.findall(r"^(\S+) = (\S+)$", text, re.MULTILINE)) == sorted(
            entry for group in wanted.values() for entry in group.items()
        )


class TestInstalledElsewhere:
    def test_the_quickstart_runs(self, scripts: Path, tmp_path: Path) -> None:
        ended = succeed("run", "quickstart", "--json", program=scripts / "interlab", cwd=tmp_path)
        episodes = document_of(ended)["episodes"]
        assert episodes["done"] == episodes["planned"] > 0
        assert [path.parent for path in tmp_path.glob("runs/*/run.json")] == list((tmp_path / "runs").iterdir())

    def test_the_scenarios_are_listed(self, scripts: Path, tmp_path: Path) -> None:
        listed = succeed("list", "scenarios", program=scripts / "interlab", cwd=tmp_path).stdout
        for scenario in ("price-negotiation", "prisoners-dilemma", "public-goods"):
            assert scenario in listed

    def test_the_doctor_answers(self, scripts: Path, tmp_path: Path) -> None:
        ended = succeed("doctor", "--json", program=scripts / "interlab", cwd=tmp_path)
        findings = {each["name"]: each for each in document_of(ended)}
        assert findings["interlab-otel"]["state"] == "ok"
        assert findings["local/smollm2"]["state"] == "missing"
        assert "pip install" in findings["local/smollm2"]["detail"]

    @pytest.mark.parametrize("package", SOURCES)
    def test_every_package_comes_from_there(self, scripts: Path, tmp_path: Path, package: str) -> None:
        code = f"import {package}; print({package}.__file__)"
        ended = succeed("-c", code, program=scripts / "python", cwd=tmp_path)
        assert Path(ended.stdout.strip()).is_relative_to(scripts.parent)

    def test_what_is_installed_fits_together(self, scripts: Path) -> None:
        succeed("check", program=scripts / "pip")
