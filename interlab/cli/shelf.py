"""``interlab list``: what is on the shelf."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import orjson
import typer

from interlab import registry
from interlab.cli.columns import print_block, print_columns
from interlab.cli.given import read_parameters
from interlab.cli.players import describe, players
from interlab.cli.reading import conversations, without_repeats
from interlab.console import print_json, say
from interlab.environments import Scenario, scenario
from interlab.errors import UnknownNameError, UsageError
from interlab.models.providers import providers
from interlab.running.suites import load_suite

_EXAMPLES = """Examples:
  interlab list scenarios
  interlab list scenarios commons-fishery
  interlab list scenarios public-goods -p punishment=true -p talk=true
  interlab list players
  interlab list players strategy/zd-extort
  interlab list players openai/gpt-5-mini
  interlab list metrics niceness
  interlab list metrics --json
  interlab list providers
"""


_DECLARED = ("summary", "kind", "unit", "direction", "level", "undefined", "source")
_UNDECLARED = "undeclared"


class Shelf(StrEnum):
    """Kinds of things that can be listed."""

    SUITES = "suites"
    SCENARIOS = "scenarios"
    PLAYERS = "players"
    METRICS = "metrics"
    PROVIDERS = "providers"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("list", epilog=_EXAMPLES)(_list)


def _list(
    what: Annotated[Shelf, typer.Argument(help="What to list.")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this one, and all about it.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", "-p", metavar="NAME=VALUE", help="A parameter of the scenario, as of `interlab run`."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """List suites, scenarios, players, metrics or providers of models; with a name, all about it.

    A scenario is shown with the very texts that players read, a player with its options and the games that it
    plays, a metric with its definition.
    """
    if name is not None and what is Shelf.SCENARIOS:
        _show_scenario(name, read_parameters(parameter or ()), json=json)
        return
    if parameter:
        raise UsageError("`-p` goes with `interlab list scenarios NAME`")
    if name is not None and what is Shelf.METRICS:
        rows = [_declaration(name)]
    elif name is not None and what is Shelf.PLAYERS:
        rows = [describe(name)]
    else:
        rows = {
            Shelf.SUITES: _suites,
            Shelf.SCENARIOS: _scenarios,
            Shelf.PLAYERS: players,
            Shelf.METRICS: _metrics,
            Shelf.PROVIDERS: _providers,
        }[what]()
    if name is not None and what is not Shelf.PLAYERS:
        rows = _only(rows, name)
    if json:
        print_json(rows)
    elif name is not None or what in {Shelf.SUITES, Shelf.SCENARIOS, Shelf.PROVIDERS}:
        for number, row in enumerate(rows):
            if number:
                say("")
            (_, heading), (_, summary), *fields = row.items()
            print_block(heading, summary, [(title, _text(value)) for title, value in fields])
    elif rows:
        shown = [name for name in rows[0] if name != "unit"]  # would leave no room for the summary
        print_columns(shown, [[str(row[name]) for name in shown] for row in rows])


def _only(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Keep the row whose first cell is the name.

    Raises:
        UnknownNameError: There is none.
    """
    found = [row for row in rows if next(iter(row.values())) == name]
    if not found:
        known = [str(next(iter(row.values()))) for row in rows]
        raise UnknownNameError(f"nothing here is called `{name}`; {registry.suggestion(name, known)}")
    return found


def _text(value: Mapping[str, Any] | Sequence[Any] | str | int) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {_default(each)}" for name, each in value.items())
    if isinstance(value, str):
        return value
    return ", ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _default(value: Any) -> str:
    """As it could be written behind `-p name=`."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _providers() -> list[dict[str, Any]]:
    """Return a row per provider of models, with the state of its key."""
    rows: list[dict[str, Any]] = []
    for name, each in sorted(providers().items()):
        key = "not needed"
        if each.key_variable:
            is_set = bool(os.environ.get(each.key_variable, "").strip())
            missing = "not set (optional)" if each.key_optional else "not set"
            key = f"{each.key_variable}, {'set' if is_set else missing}"
        rows.append(
            {
                "provider": name,
                "summary": each.base_url,
                "key": key,
                "address": each.base_url_variable or "",
                "limit of tokens": each.limit_parameter,
                "JSON schemas": "sent" if each.takes_schema else "written into the prompt",
                "documentation": each.link,
            }
        )
    return rows


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
    return [_scenario(name, scenario(name)) for name in registry.names("environments")]


def _scenario(name: str, found: Scenario, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    parameters = found.configure(changes or {})
    return {
        "scenario": name,
        "summary": found.summary,
        "roles": list(found.environment.roles(parameters)),
        "parameters": parameters.model_dump(mode="json"),
        "metrics": list(found.with_parameters(changes or {}).all_metrics),
        "source": found.source,
    }


def _show_scenario(name: str, changes: Mapping[str, Any], *, json: bool) -> None:
    """Show a scenario with these parameters, and what each role reads and answers in an example episode."""
    found = scenario(name)
    row, read = _scenario(name, found, changes), conversations(found, changes)
    if json:
        print_json([row | {"texts": read}])
        return
    (_, heading), (_, summary), *fields = row.items()
    print_block(heading, summary, [(title, _text(value)) for title, value in fields])
    for role, lines in read.items():
        say("")
        shown = [(each["kind"], each["text"]) for each in without_repeats(lines)]
        print_block(role, "in an example episode, without repeats (all of it: --json)", shown)


def _declaration(name: str) -> dict[str, Any]:
    """Everything that a metric says of itself."""
    metric = registry.load("metrics", name)
    declared = {key: getattr(metric, key, _UNDECLARED) for key in _DECLARED}
    formula = getattr(metric, "formula", _UNDECLARED)
    least, most = getattr(metric, "range", (-math.inf, math.inf))
    return {
        "metric": name,
        "summary": declared.pop("summary"),
        "formula": formula.partition("\n\n")[2] or formula,
        **declared,
        "range": [_bound(least), _bound(most)],
    }


def _bound(value: float) -> float | str:
    """An end of a range; JSON knows no infinity."""
    return str(value) if math.isinf(value) else value


def _metrics() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in registry.names("metrics"):
        metric = registry.load("metrics", name)
        shown = ("kind", "unit", "level", "summary")
        rows.append({"metric": name, **{key: getattr(metric, key, _UNDECLARED) for key in shown}})
    return rows
