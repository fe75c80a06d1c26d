"""What commands print: JSON for programs, help with examples, lists for people."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.exporters.fake_jaeger import FakeJaeger, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import CommandLine

COMMANDS = ("run", "resume", "score", "compare", "power", "list", "doctor", "export")
SHELVES = ("suites", "scenarios", "players", "metrics")
INTERLAB = (sys.executable, "-m", "interlab.cli.app")


def test_run_as_json(interlab: CommandLine) -> None:
    said = interlab("run", "quickstart", "-n", "1", "--json")
    assert (said.code, said.err) == (0, "")
    document = json.loads(said.out)
    assert document["status"] == "completed"
    assert document["episodes"] == {"planned": 34, "done": 34, "failed": 0}
    assert Path(document["path"]).name == document["run"]
    assert document["summary"]["scenarios"]


def test_resume_as_json(run: Path, interlab: CommandLine) -> None:
    said = interlab("resume", str(run), "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["episodes"]["done"] == 2


def test_score_as_json(run: Path, interlab: CommandLine) -> None:
    said = interlab("score", str(run), "--json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["summary"]


@pytest.mark.parametrize("shelf", SHELVES)
def test_lists_as_json(shelf: str, interlab: CommandLine) -> None:
    said = interlab("list", shelf, "--json")
    assert (said.code, said.err) == (0, "")
    rows = json.loads(said.out)
    assert all(row[shelf.removesuffix("s")] for row in rows)
    assert len(rows) >= (1 if shelf == "suites" else 3)


def test_doctor_as_json(interlab: CommandLine) -> None:
    said = interlab("doctor", "--jaeger", "http://127.0.0.1:9", "--json")
    assert (said.code, said.err) == (0, "")
    findings = {each["name"]: each for each in json.loads(said.out)}
    assert findings["python"]["state"] == "ok"
    assert findings["key of openai"] == {
        "name": "key of openai",
        "state": "missing",
        "detail": "set OPENAI_API_KEY to use openai/... players",
    }
    assert findings["jaeger"]["state"] == "missing"
    assert "nothing is listening there" in findings["jaeger"]["detail"]


@pytest.mark.parametrize(
    ("status", "body", "state", "detail"),
    [
        (200, b'{"services":["interlab"]}', "ok", "answers at "),
        (200, b"{}", "ok", "answers at "),
        (200, b"<!doctype html>", "missing", "is not a Jaeger 2 (200 OK)"),
        (200, b'{"status":"fine"}', "missing", "is not a Jaeger 2 (200 OK: "),
        (404, b"not here", "missing", "is not a Jaeger 2 (404 Not Found: not here)"),
    ],
)
def test_doctor_knows_a_jaeger_from_something_else(
    status: int, body: bytes, state: str, detail: str, interlab: CommandLine
) -> None:
    with serving(FakeJaeger([])) as server:
        server.answer = lambda _: (status, body)
        said = interlab("doctor", "--jaeger", server.url, "--json")
    (finding,) = (each for each in json.loads(said.out) if each["name"] == "jaeger")
    assert finding["state"] == state
    assert detail in finding["detail"]
    assert server.url in finding["detail"]


@pytest.fixture
def collector() -> Iterator[str]:
    """An OTLP endpoint that takes everything."""

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_export_as_json(run: Path, collector: str, interlab: CommandLine) -> None:
    said = interlab("export", str(run), "--endpoint", collector, "--json")
    assert (said.code, said.err) == (0, "")
    spans = sum(len(shard.read_bytes().splitlines()) for shard in (run / "spans").iterdir())
    assert json.loads(said.out) == {
        "endpoint": collector,
        "spans": spans,
        "traces": 3,
        "sent_before": 0,
    }


def test_export_to_nowhere_is_refused(run: Path, interlab: CommandLine) -> None:
    said = interlab("export", str(run), "--endpoint", "http://127.0.0.1:9", "--json")
    assert (said.code, said.out) == (2, "")
    assert "127.0.0.1:9" in said.err
    assert said.err.count("\n") == 1


def test_a_run_for_people(interlab: CommandLine) -> None:
    said = interlab("run", "prisoners-dilemma", "--player", "strategy/random", "-n", "2")
    (path,) = Path("runs").iterdir()
    assert said.code == 0
    assert (
        f"run          {path}\nall metrics  interlab score {path}\ndifferences  interlab compare {path}\n"
        f"paper        interlab report {path} --out paper\n" in said.out
    )
    assert said.err.startswith(f"2 episodes; recording in {path}\ncompleted: 2/2 episodes")
    assert "cooperation" in said.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("columns", ["80", "40"])
def test_help_has_examples_that_can_be_copied(
    command: str, columns: str, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    said = interlab(command, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out == interlab(command, "-h").out
    examples = said.out.partition("\nExamples:\n")[2].rstrip("\n").splitlines()
    assert examples
    assert all(line.startswith(f"  interlab {command} ") or line == f"  interlab {command}" for line in examples)


def test_help_names_every_command(interlab: CommandLine) -> None:
    said = interlab("--help")
    assert said.code == 0
    assert all(f" {command} " in said.out for command in COMMANDS)


def test_without_arguments_it_shows_its_help(interlab: CommandLine) -> None:
    assert interlab() == interlab("--help")


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_piped_list_is_neither_cut_nor_wrapped(shelf: str, interlab: CommandLine) -> None:
    said = interlab("list", shelf)
    rows = json.loads(interlab("list", shelf, "--json").out)
    assert said.code == 0
    assert "…" not in said.out
    assert not re.search(r" $", said.out, re.MULTILINE)
    lines = said.out.splitlines()
    if shelf in {"players", "metrics"}:
        assert len(lines) == len(rows) + 1
    summary = "description" if shelf == "suites" else "summary"
    assert all(any(line.endswith(row[summary]) for line in lines) for row in rows)


def test_scenarios_show_their_parameters_with_defaults(interlab: CommandLine) -> None:
    block = next(
        each for each in interlab("list", "scenarios").out.split("\n\n") if each.startswith("public-goods\n")
    )
    for line in (
        "  roles       alice, bob, carol, dave",
        "  parameters  members = 4",
        "              endowment = 20",
    ):
        assert line in block.splitlines()
    assert "  metrics     contribution_rate, " in block


def on_a_terminal(columns: int, *arguments: str) -> str:
    """What a command writes to a terminal of this width, without the colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen([*INTERLAB, *arguments], stdout=theirs, env={**variables, "TERM": "xterm"})
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the other side has closed the terminal
        pass
    os.close(ours)
    assert process.wait() == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", written.decode()).replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("shelf", ["scenarios", "players", "metrics"])
def test_a_list_fits_the_terminal_without_being_cut(columns: int, shelf: str, interlab: CommandLine) -> None:
    drawn = on_a_terminal(columns, "list", shelf)
    assert max(map(len, drawn.splitlines())) <= columns
    assert "…" not in drawn
    for row in json.loads(interlab("list", shelf, "--json").out):
        assert re.search(rf"^{re.escape(row[shelf.removesuffix('s')])}\s", drawn, re.MULTILINE)


def test_a_metric_tells_how_it_is_defined(interlab: CommandLine) -> None:
    said = interlab("list", "metrics", "niceness", "--json")
    (declared,) = json.loads(said.out)
    assert declared["kind"] == "rate"
    assert declared["range"] == [0.0, 1.0]
    assert "Axelrod (1984)" in declared["source"]
    assert declared["formula"].startswith("k = 1[")
    text = interlab("list", "metrics", "niceness").out
    assert all(
        key in text for key in ("formula", "kind", "unit", "range", "direction", "level", "undefined", "source")
    )


@pytest.mark.parametrize("shelf", SHELVES)
def test_one_thing_of_a_shelf_is_listed_alone(shelf: str, interlab: CommandLine) -> None:
    names = [next(iter(row.values())) for row in json.loads(interlab("list", shelf, "--json").out)]
    first = next(name for name in names if "NAME" not in name and (shelf != "players" or "/" in name))
    (row,) = json.loads(interlab("list", shelf, first, "--json").out)
    assert next(iter(row.values())) == first
    said = interlab("list", shelf, f"{first}x")
    assert said.code == 2
    assert f"did you mean `{first.rpartition('/')[2]}`" in said.err
