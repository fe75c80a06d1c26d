"""Planted secrets, in each place where one can be given: none is printed, and no file of the run holds one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from interlab.errors import InterLabError, ModelError, RecordError
from interlab.redaction import Secret, hidden, without_secrets
from interlab_exporters.endpoints import destination

if TYPE_CHECKING:
    from tests.cli.conftest import CommandLine

PASSWORD: Final = "hunter2secret"
KEY: Final = "sk-planted-0123456789abcdef"
DILEMMA: Final = ("run", "prisoners-dilemma", "-n", "1", "-p", "rounds=2", "--quiet")
STRATEGIES: Final = ("--player", "strategy/tit-for-tat", "--player", "strategy/defector")


def held() -> list[str]:
    """List the files beneath the working directory that hold a secret."""
    files = [path for path in Path().rglob("*") if path.is_file()]
    planted = (PASSWORD.encode(), KEY.encode())
    return [str(path) for path in files if any(each in path.read_bytes() for each in planted)]


@pytest.mark.parametrize(
    "arguments",
    [
        (*DILEMMA, *STRATEGIES, "--otlp", f"http://me:{PASSWORD}@127.0.0.1:9/v1/traces?tenant=a&api_key={KEY}"),
        (*DILEMMA, *STRATEGIES, "--otlp", f"http://127.0.0.1:9/v1/traces?token={PASSWORD}", "--json"),
        (*DILEMMA, *STRATEGIES, "--otlp", f"ftp://me:{PASSWORD}@host?key={KEY}"),
        (*DILEMMA, *STRATEGIES, "--otlp", f"http://me:{PASSWORD}/x@host:1:2"),
        (*DILEMMA, *STRATEGIES, "--otlp", f"http://me:{PASSWORD}@"),
        (*DILEMMA, "--player", f"openai/gpt-5-mini?api_key={KEY}", "--player", "strategy/defector"),
        (*DILEMMA, "--player", f"openai/gpt-5-mini?password={PASSWORD}", "--player", "strategy/defector"),
        (*DILEMMA, "--player", f"strategy/defector?api_key={KEY}"),
        (*DILEMMA, "--player", KEY),
        (*DILEMMA, "--player", f"http://me:{PASSWORD}@host/v1"),
        ("score", f"jaeger://me:{PASSWORD}@127.0.0.1:9?run=1"),
        ("score", f"jaeger://me:{PASSWORD}@127.0.0.1:99999?run=1&api_key={KEY}"),
        ("doctor", "--jaeger", f"http://me:{PASSWORD}@127.0.0.1:9?token={KEY}"),
    ],
)
def test_an_argument_with_a_secret(
    arguments: tuple[str, ...], interlab: CommandLine, caplog: pytest.LogCaptureFixture
) -> None:
    said = interlab(*arguments)
    assert said.out + said.err
    for text in (said.out, said.err, caplog.text):
        assert PASSWORD not in text
        assert KEY not in text
    assert held() == []


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "INTERLAB_OTLP", "OTEL_EXPORTER_OTLP_ENDPOINT"])
@pytest.mark.parametrize(
    "address", [f"http://me:{PASSWORD}@127.0.0.1:9/v1", f"ftp://me:{PASSWORD}@h", f"http://me:{PASSWORD}/@h:x"]
)
def test_a_variable_with_a_secret(
    variable: str, address: str, interlab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv(variable, address)
    player = "openai/gpt-5-mini" if variable == "OPENAI_BASE_URL" else "strategy/tit-for-tat"
    said = interlab(*DILEMMA, "--player", player, "--player", "strategy/defector")
    assert PASSWORD not in said.out + said.err
    assert KEY not in said.out + said.err
    assert held() == []


def test_a_run_with_a_key_in_its_endpoint_asks_for_it_again(interlab: CommandLine) -> None:
    interlab(*DILEMMA, *STRATEGIES, "--otlp", f"http://127.0.0.1:9/v1/traces?api_key={KEY}")
    (run,) = Path("runs").iterdir()
    said = interlab("resume", str(run))
    assert said.code == 2
    assert "give `--otlp` again" in said.err
    assert interlab("resume", str(run), "--no-otlp", "--quiet").code == 0


def test_a_secret_cannot_be_printed() -> None:
    secret = Secret(KEY)
    shown = f"{secret} {secret!r} {secret:>40} %s {[secret]} {secret.__reduce_ex__!s}" % secret
    assert KEY not in shown
    assert secret.reveal() == KEY
    assert KEY not in repr(destination(f"http://me:{KEY}@host:4318"))


@pytest.mark.parametrize("kind", [InterLabError, ModelError, RecordError])
def test_no_error_repeats_a_secret(kind: type[InterLabError]) -> None:
    error = kind(f"`http://me:{PASSWORD}@host?api_key={KEY}` refuses {KEY}")
    assert str(error) == "`http://[hidden]@host?api_key=[hidden]` refuses [hidden]"


def test_what_is_no_secret_stays() -> None:
    for text in (
        "max_tokens=20&seed=1",
        "mail me@example.org",
        "https://host:80/a@b?x=a@b",
        "task-force",
        "a?b=c",
    ):
        assert hidden(text) == text
    assert without_secrets("localhost:4318") == "localhost:4318"
