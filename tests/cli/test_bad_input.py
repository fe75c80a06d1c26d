"""Whatever a user gets wrong: one line naming the thing and what to do, exit code 2, nothing half done."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine


class Refused(Protocol):
    """Calls a command that must be refused, and gives the line it says."""

    def __call__(self, *arguments: str) -> str: ...


PLAYER = ("--player", "strategy/tit-for-tat")
DILEMMA = ("run", "prisoners-dilemma")
NEGOTIATION = ("run", "price-negotiation")


@pytest.fixture
def refused(interlab: CommandLine) -> Refused:
    def call(*arguments: str) -> str:
        said = interlab(*arguments)
        assert (said.code, said.out) == (2, "")
        (line,) = said.err.splitlines()
        assert line.startswith("interlab: ")
        assert not Path("runs").exists(), "nothing is begun"
        return line.removeprefix("interlab: ")

    return call


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((*DILEMMA, "--player", "strateg/tit-for-tat"), "no player is called `strateg/tit-for-tat`"),
        ((*DILEMMA, "--player", "strateg/tit-for-tat"), "did you mean `strategy`?"),
        ((*DILEMMA, "--player", "tit-for-tat"), "invalid player `tit-for-tat`: expected `prefix/name`"),
        (
            (*DILEMMA, "--player", "strategy/tit-for-tad"),
            "no strategy is called `tit-for-tad`; did you mean `tit-for-tat`",
        ),
        (
            (*DILEMMA, "--player", "strategy/random?q=1"),
            "`strategy/random?q=1`: `q` is not an option; known are `noise`, `p`",
        ),
        (
            (*DILEMMA, "--player", "strategy/random?p=x"),
            "`strategy/random?p=x`: option `p`: Input should be a valid number",
        ),
        ((*DILEMMA,), "no players: give at least one `--player`"),
        ((*DILEMMA, *PLAYER, "--baseline", "strategy/defektor"), "did you mean `defector`"),
        (
            ("run", "prisoner-dilemma", *PLAYER),
            "no suite or scenario is called `prisoner-dilemma`; did you mean `prisoners-dilemma`?",
        ),
        (
            (*DILEMMA, *PLAYER, "-p", "round=3"),
            "has no parameter `round`; did you mean `rounds`?",
        ),
        (
            (*DILEMMA, *PLAYER, "-p", "rounds=many"),
            "parameter `rounds` of `prisoners-dilemma`: Input should be a valid integer",
        ),
        (
            (*DILEMMA, *PLAYER, "-p", "rounds=0"),
            "parameter `rounds` of `prisoners-dilemma`: Input should be greater than or equal to 1",
        ),
        ((*DILEMMA, *PLAYER, "-p", "rounds"), "`-p rounds`: write `-p name=value`"),
        ((*DILEMMA, *PLAYER, "-p", "payoffs={"), "`-p payoffs=...` is not valid JSON"),
        (
            (*DILEMMA, *PLAYER, "--metric", "cooperation"),
            "no metric is called `cooperation`; did you mean `cooperation_rate`",
        ),
        ((*NEGOTIATION, *PLAYER), "`strategy/tit-for-tat` cannot play `price-negotiation`"),
        (
            ("run", "matching-pennies", *PLAYER),
            "`strategy/tit-for-tat` cannot play `matching-pennies`: it is made for matrix games in which an "
            "action counts as cooperation and each is told what the other did",
        ),
        ((*DILEMMA, *PLAYER, "-p", "history=own"), "`strategy/tit-for-tat` cannot play `prisoners-dilemma`"),
        (
            ("run", "deadlock", *PLAYER, "--player", "strategy/zd-extort"),
            "`strategy/zd-extort` cannot play `deadlock` as it is given: no zero-determinant strategy has slope",
        ),
        (
            (*DILEMMA, *PLAYER, "--player", "strategy/always?action=Z"),
            "cannot play `prisoners-dilemma` as it is given: there is no action `Z`; there are `C`, `D`",
        ),
        (
            (*DILEMMA, "--player", "strategy/generous-tit-for-tat", "-p", "payoffs=[[[3,3],[3,5]],[[5,3],[1,1]]]"),
            "give it one: `?p=0.3`",
        ),
        ((*DILEMMA, *PLAYER, "-p", "@absent.toml"), "`-p @absent.toml` cannot be read: No such file or directory"),
        ((*DILEMMA, *PLAYER, "-p", "@game.txt"), "parameters are read from files `*.toml` and `*.json`"),
        (
            (*NEGOTIATION, "--player", "buyr=negotiator/linear"),
            "`price-negotiation` has no role `buyr`; did you mean `buyer`",
        ),
        ((*NEGOTIATION, "--player", "buyer=negotiator/linear"), "no one plays `seller` in `price-negotiation`"),
        (
            (*NEGOTIATION, "--player", "buyer=negotiator/linear", "--player", "negotiator/linear"),
            "name the role of every player, or of none",
        ),
        (
            (*DILEMMA, "--player", "openai/gpt-5-mini"),
            "`openai/gpt-5-mini` needs the environment variable `OPENAI_API_KEY`: set it",
        ),
        (("run", "absent.toml"), "suite `absent.toml` cannot be read: No such file or directory"),
        (("resume", "absent"), "`absent` is not the directory of a run: it has no `run.json`"),
        (("score", "absent"), "absent"),
        (("export", "absent"), "`absent` does not exist"),
    ],
)
def test_what_does_not_exist_or_fit(arguments: tuple[str, ...], line: str, refused: Refused) -> None:
    assert line in refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("run",), "Missing argument 'SUITE|SCENARIO'; see `interlab run --help`"),
        (("runn",), "No such command 'runn'. Did you mean 'run'?; see `interlab --help`"),
        (
            (*DILEMMA, *PLAYER, "--episode", "3"),
            "No such option: --episode (Possible options: --episodes); see `interlab run --help`",
        ),
        (
            (*DILEMMA, *PLAYER, "-n", "0"),
            "Invalid value for '-n' / '--episodes': Input should be greater than or equal to 1; see",
        ),
        ((*DILEMMA, *PLAYER, "--lineup", "circle"), "Invalid value for '--lineup'"),
        ((*DILEMMA, *PLAYER, "--seed", str(2**63)), "`seed`: Input should be less than"),
        (("list", "things"), "Invalid value for"),
    ],
)
def test_a_command_line_that_is_wrong_itself(arguments: tuple[str, ...], line: str, refused: Refused) -> None:
    assert line in refused(*arguments)


def test_a_key_that_is_none(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-ключ")
    line = refused(*DILEMMA, "--player", "openai/gpt-5-mini")
    assert line == "`OPENAI_API_KEY` holds invalid characters: set it again"


def test_an_endpoint_that_nobody_serves(refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    providers = tmp_path / "providers.toml"
    providers.write_text(f'[mine]\nbase_url = "http://127.0.0.1:{port}/v1"\n')
    monkeypatch.setenv("INTERLAB_PROVIDERS", str(providers))
    line = refused(*DILEMMA, "--player", "mine/model")
    assert "`mine/model`" in line
    assert f"127.0.0.1:{port}" in line


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ('name = "x', "suite `mine.toml` is not valid TOML"),
        ('name = "x"', "suite `mine.toml`: `scenarios`: Field required"),
        (
            'name = "a/b"\nscenarios = [{scenario = "public-goods"}]',
            "suite `mine.toml`: `name`: String should match",
        ),
        ('name = "x"\nscenario = []', "suite `mine.toml`: `scenarios`: Field required"),
        (
            'name = "x"\ncolour = 1\nscenarios = [{scenario = "public-goods"}]',
            "suite `mine.toml`: `colour`: Extra inputs are not permitted",
        ),
        (
            'name = "x"\nepisodes = "many"\nscenarios = [{scenario = "public-goods"}]',
            "suite `mine.toml`: `episodes`: Input should be a valid integer",
        ),
        (
            'name = "x"\nscenarios = [{scenario = "public-goods", lineup = "circle"}]',
            "suite `mine.toml`: `scenarios.0.lineup`: Input should be",
        ),
        (
            'name = "x"\nscenarios = [{scenario = "public-good", players = ["strategy/random"]}]',
            "did you mean `public-goods`?",
        ),
        ("\xff", "suite `mine.toml` cannot be read: found byte 0xff at offset 0, expected UTF-8 text"),
    ],
)
def test_a_suite_that_cannot_be_understood(document: str, line: str, refused: Refused) -> None:
    Path("mine.toml").write_text(document, encoding="latin-1")
    assert line in refused("run", "mine.toml")


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("[mine", "providers.toml` cannot be read"),
        ('[mine]\nurl = "http://x"', "providers.toml`: `[mine]"),
        ("[mine]\nbase_url = 1", "providers.toml`: `[mine] base_url`: Input should be a valid string"),
        ('base_url = "http://x"', "providers.toml`: `base_url` stands outside of any table"),
        (None, "`INTERLAB_PROVIDERS` is `providers.toml`, which cannot be read: No such file or directory"),
    ],
)
def test_providers_that_cannot_be_understood(
    document: str | None, line: str, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    if document is not None:
        Path("providers.toml").write_text(document)
    monkeypatch.setenv("INTERLAB_PROVIDERS", "providers.toml")
    assert line in refused(*DILEMMA, "--player", "mine/model")
    assert line in refused("list", "players", "--json")
    assert line in refused("doctor")


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_file_where_a_directory_should_be(out: str, refused: Refused) -> None:
    Path("file").write_text("in the way")
    assert refused(*DILEMMA, *PLAYER, "--out", out) == f"`{out}` is not a directory: choose another with `--out`"
    assert Path("file").read_text() == "in the way"


def test_a_directory_that_cannot_be_written(refused: Refused) -> None:
    line = refused(*DILEMMA, *PLAYER, "--out", "/proc/interlab")  # not even root can
    assert line.startswith("nothing can be written to `/proc/interlab` (")
    assert line.endswith("): choose another directory with `--out`")


def test_a_directory_that_holds_no_run(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in ("resume", "export", "score"):
        assert "`empty`" in refused(command, "empty")
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_plan_that_names_what_is_gone(run: Path, interlab: CommandLine) -> None:
    document = run / "run.json"
    document.write_text(document.read_text().replace("strategy/defector", "strategy/deserter"))
    said = interlab("resume", str(run))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("interlab: no strategy is called `deserter`; ")


def test_no_traceback_in_a_process_of_its_own() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "interlab.cli.app", *DILEMMA, "--player", "strategy/nobody"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("interlab: no strategy is called `nobody`; the nearest of ")
    assert ended.stderr.count("\n") == 1
