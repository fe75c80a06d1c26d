"""``interlab doctor``: what works on this machine, and what is missing."""

from __future__ import annotations

import asyncio
import math
import os
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Annotated, Literal

import orjson
import typer
from rich.text import Text

from interlab.actors.players import player as find_player
from interlab.console import SafeConsole, print_json
from interlab.errors import BackendError, InterLabError, ModelError
from interlab.models import ChatMessage, model
from interlab.models.providers import providers
from interlab.queries import answer_type
from interlab.running.manifest import versions
from interlab_exporters.http_client import HttpClient, describe

_EXAMPLES = """Examples:
  interlab doctor
  interlab doctor --player openai/gpt-5-mini
  interlab doctor --jaeger http://127.0.0.1:16686 --json
"""
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "missing"]
    detail: str


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("doctor", epilog=_EXAMPLES)(_doctor)


def _doctor(
    jaeger: Annotated[
        str, typer.Option(metavar="URL", help="Where a Jaeger's query API should be.")
    ] = "http://127.0.0.1:16686",
    player: Annotated[
        str | None, typer.Option(metavar="PLAYER", help="Make two small calls to this model instead.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Look at versions, keys, the local model and Jaeger. Nothing missing is an error by itself.

    With `--player`, exit with 1 if the model cannot be called.
    """
    if player is not None:
        findings = asyncio.run(_model(player))
    else:
        findings = [*_versions(), *_keys(), _local_model(), _jaeger(jaeger)]
    if json:
        print_json([asdict(each) for each in findings])
        return
    console = SafeConsole()
    for each in findings:
        mark = Text(f"{each.state:<7}", "green" if each.state == "ok" else "yellow")
        console.print(mark.append(f" {each.name:<22} {each.detail}", "default"), soft_wrap=True)
    if player is not None and len(findings) == 1:
        raise typer.Exit(1)


def _versions() -> list[Finding]:
    return [Finding(name, "ok", version) for name, version in versions().items()]


def _keys() -> list[Finding]:
    findings: list[Finding] = []
    for name, provider in sorted(providers().items()):
        variable = provider.key_variable
        if variable is None:
            continue
        state: Literal["ok", "missing"] = "ok" if os.environ.get(variable) else "missing"
        detail = f"{variable} is set" if state == "ok" else f"set {variable} to use {name}/... players"
        findings.append(Finding(f"key of {name}", state, detail))
    return findings


async def _model(spec: str) -> list[Finding]:
    """Call a model twice, with and without a JSON schema, and report what works."""
    asked = model(spec)
    try:
        await asked.check()
        system = (ChatMessage("system", "Answer in one word."), ChatMessage("user", "Is water wet? yes or no"))
        answer = await asked.send(system)
        typed = await asked.send(system, answer_type(Literal["yes", "no"]).schema)
    except ModelError as error:
        return [Finding("call", "missing", str(error))]
    finally:
        await asked.close()
    usage = answer.usage
    return [
        Finding("call", "ok", f"answered by {answer.model or asked.name}: {answer.text.strip()[:60]!r}"),
        _found(
            "JSON schema", asked.takes_schema, f"answer {typed.text.strip()[:60]!r}", "written into the prompt"
        ),
        _found("system message", asked.takes_system, "taken", "moved into the first user message"),
        _found("reasoning", answer.reasoning is not None, "recorded apart from the answer", "none in the answer"),
        _found(
            "usage",
            usage.input_tokens > 0,
            f"{usage.input_tokens} input and {usage.output_tokens} output tokens",
            "not reported, so tokens and costs are unknown",
        ),
        _found(
            "price", not math.isnan(answer.usd), f"{answer.usd:.6f} USD for the call", "unknown, so cost is NaN"
        ),
    ]


def _found(name: str, is_there: bool, what: str, otherwise: str) -> Finding:
    return Finding(name, "ok" if is_there else "missing", what if is_there else otherwise)


def _local_model() -> Finding:
    try:
        asyncio.run(_check_local_model())
    except InterLabError as error:
        return Finding("local/smollm2", "missing", str(error))
    return Finding("local/smollm2", "ok", "installed")


async def _check_local_model() -> None:
    await find_player("local/smollm2").check()


def _jaeger(url: str) -> Finding:
    address = url.rstrip("/") if "://" in url else f"http://{url.rstrip('/')}"
    client = HttpClient(address, timeout=_TIMEOUT_S)
    try:
        answer = client.get("/api/v3/services")
    except BackendError as error:
        return Finding("jaeger", "missing", f"{error}; how to start one is in README.md")
    finally:
        client.close()
    if answer.status_code == HTTPStatus.OK and _lists_services(answer.content):
        return Finding("jaeger", "ok", f"answers at {address}")
    return Finding("jaeger", "missing", f"the server at {address} is not a Jaeger 2 ({describe(answer)})")


def _lists_services(body: bytes) -> bool:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:  # a page: of something else, or of a Jaeger 1 for a path that it does not know
        return False
    return isinstance(document, dict) and document.keys() <= {"services"}  # none at all in one that is empty
