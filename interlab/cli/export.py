"""``interlab export``: a run's spans to somewhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.progress import Progress

from interlab.errors import UsageError
from interlab.running.store import RunDirectory
from interlab_exporters import Resent, resend

_EXAMPLES = """Examples:
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a --endpoint http://127.0.0.1:4318
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a/spans/000.jsonl --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("export", epilog=_EXAMPLES)(_export)


def _export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run, or a file of spans.")],
    to: Annotated[Literal["otlp"], typer.Option(help="What to export to.")] = "otlp",
    endpoint: Annotated[str, typer.Option(metavar="URL", help="The OTLP endpoint.")] = "http://127.0.0.1:4318",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Send the spans of a run to an OTLP endpoint, with their original ids and times."""
    del to
    source = RunDirectory.open(run).spans if run.is_dir() else run
    if not source.exists():
        raise UsageError(f"`{source}` does not exist")
    with Progress(console=Console(stderr=True), transient=True, disable=json) as bar:
        task = bar.add_task("spans", total=None)
        sent = resend(source, endpoint, progress=lambda done: bar.update(task, completed=done.spans))
    _report(sent, endpoint, json=json)


def _report(sent: Resent, endpoint: str, *, json: bool) -> None:
    if json:
        typer.echo(orjson.dumps({"endpoint": endpoint, "spans": sent.spans, "traces": sent.traces}))
    else:
        Console(highlight=False).print(f"sent {sent.spans} spans of {sent.traces} traces to {endpoint}")
