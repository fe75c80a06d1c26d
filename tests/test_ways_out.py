"""Only one module prints: every other way to a terminal would send what models and files contain as it is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = (
    *("interlab", "evals/interlab_evals"),
    *("exporters/interlab_exporters", "dashboards/interlab_dashboards"),
)
PRINTS: Final = Path("interlab/console.py")
"""The one module that prints."""
ALLOWED: Final = {f"interlab/actors/terminal/lines.py: {name}" for name in ("sys.stderr", "sys.stdout", "input")}
"""The prompt before a line is read, made safe where it is put together."""
FORBIDDEN: Final = {
    *("print", "input", "Console", "rich.print", "rich.console.Console", "rich.inspect"),
    *("typer.echo", "typer.secho", "typer.prompt", "typer.confirm", "click.echo", "click.secho", "typer.style"),
    *("Text.from_markup", "Text.from_ansi", "Markdown", "Panel"),
}
STREAMS: Final = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
HARMLESS: Final = {"isatty", "fileno", "encoding"}


def ways_out(source: str, file: str = "") -> list[str]:
    """List the places of a module that could print a text as it is."""
    tree = ast.parse(source)
    names = _imported(tree)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := _dotted(node.func, names)) in FORBIDDEN:
            found.append(f"{file}: {called}")
        elif isinstance(node, ast.Name | ast.Attribute) and (name := _dotted(node, names)) in STREAMS:
            parent = parents[node]
            if not (isinstance(parent, ast.Attribute) and parent.attr in HARMLESS):
                found.append(f"{file}: {name}")
        elif isinstance(node, ast.keyword) and node.arg == "markup" and _is_true(node.value):
            found.append(f"{file}: markup=True")
    return found


def _imported(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"sys", "typer", "click", "rich", "rich.console"}:
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            names |= {each.asname: each.name for each in node.names if each.asname}
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Attribute(value=value, attr=attribute):
            return f"{_dotted(value, names)}.{attribute}"
        case _:
            return ""


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def test_everything_is_printed_by_one_module() -> None:
    files = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(files) > 300
    found = [
        each
        for file in sorted(files)
        if file != PRINTS
        for each in ways_out((ROOT / file).read_text(encoding="utf-8"), str(file))
    ]
    assert set(found) - ALLOWED == set()


@pytest.mark.parametrize(
    "source",
    [
        "print(text)",
        "import typer\ntyper.echo(f'{text}')",
        "from typer import echo\necho(text)",
        "from rich.console import Console\nConsole(stderr=True).print(text)",
        "from rich import console\nconsole.Console()",
        "import rich.console\nrich.console.Console()",
        "import sys\nsys.stdout.write(text)",
        "from sys import stderr as e\ne.write(text)",
        "import sys\nout = sys.stderr",
        "from rich.text import Text\nText.from_markup(text)",
        "console.print(text, markup=True)",
    ],
)
def test_each_other_way_is_found(source: str) -> None:
    assert ways_out(source)


def test_what_does_not_print_is_not_found() -> None:
    assert ways_out("import sys\nsys.stdout.isatty()\nfrom interlab.console import say\nsay(text)") == []
