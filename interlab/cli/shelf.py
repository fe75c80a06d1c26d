"""``interlab list``: what is on the shelf."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, cast

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from interlab import registry
from interlab.actors.players import source
from interlab.environments import scenario
from interlab.models.providers import providers
from interlab.running.plan import load_suite

_EXAMPLES = """Examples:

  interlab list scenarios

  interlab list players --json
"""


class Shelf(StrEnum):
    """What can be listed."""

    SUITES = "suites"
    SCENARIOS = "scenarios"
    PLAYERS = "players"
    METRICS = "metrics"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("list", epilog=_EXAMPLES)(_list)


def _list(
    what: Annotated[Shelf, typer.Argument(help="What to list.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """List suites, scenarios, players or metrics."""
    rows = {
        Shelf.SUITES: _suites,
        Shelf.SCENARIOS: _scenarios,
        Shelf.PLAYERS: _players,
        Shelf.METRICS: _metrics,
    }[what]()
    if json:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    table = Table(*rows[0], box=None, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        table.add_row(*(escape(_cell(value)) for value in row.values()))
    Console(highlight=False).print(table)


def _cell(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value)
        return ", ".join(f"{key}={each}" for key, each in pairs.items())
    if isinstance(value, list):
        return ", ".join(str(each) for each in cast("list[object]", value))
    return str(value)


def _suites() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in registry.names("suites"):
        suite = load_suite(name)
        rows.append(
            {
                "suite": name,
                "description": suite.description,
                "scenarios": [entry.scenario for entry in suite.scenarios],
                "episodes": suite.episodes,
            }
        )
    return rows


def _scenarios() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in registry.names("environments"):
        found = scenario(name)
        rows.append(
            {
                "scenario": name,
                "summary": found.summary,
                "roles": list(found.environment.roles(found.parameters)),
                "parameters": list(type(found.parameters).model_fields),
                "metrics": list(found.metrics),
            }
        )
    return rows


def _players() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"player": spec, "summary": summary}
        for prefix in registry.names("actors")
        for spec, summary in source(prefix).players().items()
    ]
    rows.append({"player": "local/smollm2", "summary": "SmolLM2 135M Instruct, in this process"})
    rows.append({"player": "local/PATH.gguf", "summary": "Any model in GGUF format, in this process"})
    for name, provider in sorted(providers().items()):
        need = f"needs {provider.key_variable}" if provider.key_variable else "needs no key"
        rows.append({"player": f"{name}/MODEL", "summary": f"A model at {provider.base_url}; {need}"})
    return rows


def _metrics() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in registry.names("metrics"):
        metric: Any = registry.load("metrics", name)
        rows.append(
            {
                "metric": name,
                "kind": metric.kind,
                "unit": metric.unit,
                "level": metric.level,
                "summary": metric.summary,
            }
        )
    return rows
