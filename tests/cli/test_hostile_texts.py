"""Hostile texts at a real terminal, whatever they come from: no control character comes out but our own."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.models.endpoint import Endpoint, Reply, completion, failure

if TYPE_CHECKING:
    from collections.abc import Generator

HOSTILE: Final = "\x1b]52;c;aGk=\x07\x1b[2J\x1b[1A\x1b]0;t\x1b\\\x9b31m\u202egnp\u2066\u200f\x08\x7f[/b][red]"
"""Clipboard, clear, cursor up, title, C1, direction, delete, and markup."""
NAME: Final = "x\x1b[2J\u202e[b].toml"
"""Part of a file's name."""
_PATIENCE: Final = 30.0
"""Seconds."""
_OURS: Final = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\[\?(?:25|2004)[hl]"  # the cursor hidden while a bar is drawn; pasting while a line is edited
    r"|\x1b\[2J\x1b\[H"  # a terminal cleared for the next person
    r"|\x1b\[2K|\x1b\[1A\x1b\[2K|\r"  # a bar that is drawn again
)
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def endpoint(*replies: Reply) -> Generator[str]:
    """Serve replies while another process asks, and give the address."""
    ready, done = threading.Event(), asyncio.Event()
    served = Endpoint(list(replies))
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with served:
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield served.url
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def shown(*arguments: str, keys: str = "", url: str = "http://127.0.0.1:9") -> str:
    """Run a command at a terminal, and give all that it sends there without what is our own."""
    master, slave = pty.openpty()
    environment = {
        **{name: os.environ[name] for name in ("PATH",)},
        "HOME": str(Path.cwd()),
        "TERM": "xterm-256color",
        "COLUMNS": "96",
        "OPENAI_BASE_URL": url,
        "OPENAI_API_KEY": "sk-test-0123456789",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "interlab.cli.app", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    os.write(master, keys.encode())
    sent = b""
    stop = threading.Timer(_PATIENCE, process.kill)
    stop.start()
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux's answer when the other side is closed
            break
        if not part:
            break
        sent += part
    assert process.wait() >= 0, f"no end, but:\n{sent.decode()}"
    stop.cancel()
    os.close(master)
    text = sent.decode()
    assert "Traceback" not in text, text
    left = _OURS.sub("", text)
    assert not _UNSAFE.search(left), f"{_UNSAFE.findall(left)} in {left!r}"
    return left


def write_rubric(options: str = "no") -> Path:
    """A rubric with hostile texts in every field that may hold them, in a file of a hostile name."""
    path = Path(NAME)
    text = json.dumps(HOSTILE).replace("\x7f", "\\u007f")
    path.write_text(
        f'name = "mine"\nsummary = {text}\nquestion = {text}\nsource = {text}\n'
        f'[choice]\nsuccess = ["{options}"]\ncounted = ["{options}", "other"]\n'
        f'[choice.options]\n"{options}" = {text}\nother = {text}\n',
        encoding="utf-8",
    )
    return path


def answer(**fields: str) -> Reply:
    """A model's answer."""
    return Reply(completion(json.dumps(fields)))


def dilemma(*players: str) -> tuple[str, ...]:
    return ("run", "prisoners-dilemma", *(part for each in players for part in ("--player", each)), "-n", "1")


@pytest.fixture
def talked() -> Path:
    """A run in which a model says hostile things."""
    with endpoint(answer(action="X", message=HOSTILE)) as url:
        out = shown(
            *dilemma("openai/gpt-5-mini", "strategy/tit-for-tat"), "-p", "rounds=1", "-p", "talk=true", url=url
        )
    assert "1/1" in out or "run  " in out
    (path,) = Path("runs").iterdir()
    return path


def test_an_error_of_an_endpoint() -> None:
    with endpoint(Reply(failure(HOSTILE), status=400)) as url:
        out = shown(*dilemma("openai/gpt-5-mini", "strategy/tit-for-tat"), "--retries", "0", url=url)
    assert "\\x1b]52;c;aGk=\\x07" in out
    assert "\\u202egnp\\u2066" in out
    assert "[/b][red]" in out


def test_a_message_to_a_person() -> None:
    with endpoint(answer(action="X", message=HOSTILE)) as url:
        out = shown(
            *("play", "prisoners-dilemma", "--against", "openai/gpt-5-mini", "-p", "rounds=1", "-p", "talk=true"),
            url=url,
            keys="Hello.\r\r1\r",
        )
    assert "\\x1b[2J" in out
    assert "[/b][red]" in out


def test_the_name_of_a_person() -> None:
    out = shown(
        "run", "prisoners-dilemma", "--player", "human/[/b]", "-n", "1", "-p", "rounds=1", keys="\r1\r\r1\r\r\r"
    )
    assert "[/b]" in out
    assert "status" not in out
    out = shown(*dilemma(f"human/{HOSTILE}", "strategy/tit-for-tat"), "-p", "rounds=1", keys="1\r")
    assert "\\x1b[2J" in out


def test_a_rubric_and_what_a_judge_says(talked: Path) -> None:
    rubric = write_rubric()
    asked = ("judge", str(talked), "--rubric", str(rubric))
    with endpoint(answer(answer="no", reason=HOSTILE)) as url:
        out = shown(*asked, "--judge", "openai/gpt-5-mini", url=url)
        assert "\\x1b]52" in out
        shown(*asked, "--judge", "openai/gpt-5-mini", "--csv", url=url)
        shown(*asked, "--judge", "openai/gpt-5-mini", "--json", url=url)
        labels = Path(f"{NAME}.csv")
        labels.write_text(f"episode,role,answer\n1,alice,{HOSTILE}\n", encoding="utf-8")
        out = shown(*asked, "--judge", "openai/gpt-5-mini", "--labels", str(labels), url=url)
    assert "invalid answer" in out
    with endpoint(Reply(failure(HOSTILE), status=400)) as url:
        shown(*asked, "--judge", "openai/gpt-5-mini", url=url)


def test_what_a_model_said_in_everything_that_reads_a_run(talked: Path) -> None:
    for command in (
        ("score", str(talked)),
        ("score", str(talked), "--csv"),
        ("score", str(talked), "--json"),
        ("compare", str(talked), "--metric", "mean_payoff"),
        ("report", str(talked), "--out", f"report-{NAME}"),
        ("archive", str(talked), "--out", f"{NAME}.zip"),
        ("export", str(talked), "--to", "json", "--out", "-"),
        ("export", str(talked), "--to", "json", "--out", f"{NAME}.json"),
        ("export", str(talked), "--endpoint", f"http://127.0.0.1:9/{HOSTILE}"),
        ("resume", str(talked)),
    ):
        assert shown(*command).strip(), command


@pytest.mark.parametrize(
    "command",
    [
        ("run", HOSTILE),
        ("run", f"{HOSTILE}.toml"),
        (*dilemma(HOSTILE), "--quiet"),
        (*dilemma(f"strategy/{HOSTILE}"),),
        (*dilemma(f"openai/{HOSTILE}?{HOSTILE}={HOSTILE}"),),
        (*dilemma("strategy/defector"), "-p", f"{HOSTILE}={HOSTILE}"),
        (*dilemma("strategy/defector"), "--out", NAME),
        ("play", HOSTILE),
        ("list", "scenarios", HOSTILE),
        ("list", "players", f"openai/{HOSTILE}"),
        ("list", "scenarios", "prisoners-dilemma", "-p", f'actions=["{NAME}", "b"]'),
        ("list", "metrics", HOSTILE, "--json"),
        ("doctor", "--jaeger", f"http://127.0.0.1:9/{HOSTILE}"),
        ("doctor", "--jaeger", f"http://127.0.0.1:9/{HOSTILE}", "--json"),
        ("score", HOSTILE),
        ("compare", HOSTILE, "--metric", HOSTILE),
        ("report", HOSTILE),
        ("archive", HOSTILE, "--out", "a.zip"),
        ("export", HOSTILE),
        ("resume", HOSTILE),
        ("judge", HOSTILE, "--rubric", HOSTILE, "--judge", HOSTILE),
        ("power", HOSTILE, "--metric", HOSTILE),
        (HOSTILE,),
        ("run", f"--{HOSTILE}"),
    ],
    ids=lambda command: " ".join(command)[:12].encode("ascii", "backslashreplace").decode(),
)
def test_what_a_user_pasted(command: tuple[str, ...]) -> None:
    assert shown(*(each.replace("\x00", "") for each in command)).strip()


def test_a_suite_with_hostile_texts() -> None:
    text = json.dumps(HOSTILE).replace("\x7f", "\\u007f")
    path = Path(NAME)
    path.write_text(
        f"description = {text}\nepisodes = 1\nseed = 1\n[[scenarios]]\nscenario = {text}\n", encoding="utf-8"
    )
    assert "\\x1b" in shown("run", str(path))
    path.write_text(f"description = {text}\n{text} = 1\n", encoding="utf-8")
    assert "\\x1b" in shown("run", str(path))
    path.write_text(HOSTILE, encoding="utf-8")
    shown("run", str(path))
