"""``interlab export``: a run's spans to somewhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from interlab.cli.documents import default_path, write_document
from interlab.console import SafeConsole, print_json, say
from interlab.errors import BackendError, ParameterError, UnknownNameError, UsageError
from interlab.redaction import without_secrets
from interlab.running.store import RunDirectory
from interlab.schema import names
from interlab.settings import settings
from interlab_exporters import DeliveryLog, Resent, Span, SpanReader, resend
from interlab_exporters.bounding import MAX_ATTRIBUTE_BYTES, check_bound
from interlab_exporters.endpoints import DEFAULT_ENDPOINTS
from interlab_exporters.variables import Variables

_EXAMPLES = """Examples:
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a --to otlp --endpoint http://127.0.0.1:4318
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a --to otlp --header "authorization=Bearer TOKEN" --again
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a --to json --out trace.json
  interlab export runs/2026-11-22T14-30-05-quickstart-7f3a --to json --out - --bound 2000 | gzip >run.json.gz
"""
_SHOWN_EPISODES: Final = 3


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("export", epilog=_EXAMPLES)(_export)


def _export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The directory of a run, or a file of spans.")],
    to: Annotated[
        Literal["otlp", "json"],
        typer.Option(help="An OTLP endpoint such as a Jaeger, or one JSON file that Jaeger's page can open."),
    ] = "otlp",
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The OTLP endpoint; by default `INTERLAB_OTLP`, else this machine's port 4318."
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Header of every request to the endpoint; repeatable."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Send what the endpoint has acknowledged before, too.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The JSON file; `-` is standard output; by default beside the spans."),
    ] = None,
    episode: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this episode; repeatable.")] = None,
    bound: Annotated[
        int | None,
        typer.Option(
            metavar="BYTES",
            help=f"Cut longer attributes; 0 cuts none. By default {MAX_ATTRIBUTE_BYTES} to an endpoint, else 0.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Send the spans of a run to an OTLP endpoint, or write them as one JSON document.

    Ids and times stay what they are. `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` speaks gRPC. What an endpoint has
    acknowledged is remembered in the run's directory (`exported.jsonl`): the same command again, after an
    interruption or when the run has grown, sends only what is missing there.
    """
    if bound:
        check_bound(bound, "--bound")
    source = RunDirectory.open(run).spans if run.is_dir() else run
    if not source.exists():
        raise UsageError(f"`{source}` does not exist")
    spans: Iterable[Span] = SpanReader(source)
    if episode:
        spans = _Episodes(spans, episode)
    if to == "json":
        _refuse("json", {"--endpoint": endpoint, "--header": header, "--again": again, "--json": json})
        write_document(spans, out or default_path(run), bound=bound or None)
    else:
        _refuse("otlp", {"--out": out})
        log = DeliveryLog(RunDirectory(run).exported) if run.is_dir() else None
        max_bytes = MAX_ATTRIBUTE_BYTES if bound is None else bound or None
        _send(spans, _endpoint(endpoint), _headers(header or []), log, max_bytes, again=again, json=json)


class _Episodes:
    """The spans of some episodes, every attempt at them; may be read more than once."""

    def __init__(self, spans: Iterable[Span], episodes: list[str]) -> None:
        self._spans = spans
        self._traces: set[str] = set()
        known: dict[str, None] = {}
        for span in spans:
            episode = span.attributes.get(names.EPISODE_ID)
            if isinstance(episode, str):
                known[episode] = None
                if episode in episodes:
                    self._traces.add(span.trace_id)
        for each in episodes:
            if each not in known:
                shown = ", ".join(f"`{one}`" for one in list(known)[:_SHOWN_EPISODES])
                raise UnknownNameError(f"unknown episode `{each}`: expected one of {len(known)}: {shown} ...")

    def __iter__(self) -> Iterator[Span]:
        return (span for span in self._spans if span.trace_id in self._traces)


def _send(
    spans: Iterable[Span],
    endpoint: str,
    headers: dict[str, str],
    log: DeliveryLog | None,
    max_bytes: int | None,
    *,
    again: bool,
    json: bool,
) -> None:
    err = SafeConsole(stderr=True)
    sent = Resent()

    def advance(done: Resent) -> None:
        nonlocal sent
        sent = done
        bar.update(task, completed=done.spans, total=done.planned)

    columns = (TextColumn("sending spans"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=err, transient=True, disable=json or not err.is_terminal) as bar:
            task = bar.add_task("spans", total=None)
            resend(
                spans,
                endpoint,
                headers=headers,
                max_attribute_bytes=max_bytes,
                log=log,
                again=again,
                progress=advance,
            )
    except KeyboardInterrupt:
        say(f"interrupted; {_so_far(sent)}", error=True)
        raise
    except BackendError as error:
        if sent.spans:
            error.add_note(_so_far(sent))
        raise
    _report(sent, without_secrets(endpoint), json=json)


def _so_far(sent: Resent) -> str:
    return f"{sent.spans} spans were sent, the same command sends the rest"


def _report(sent: Resent, endpoint: str, *, json: bool) -> None:
    if json:
        document = {
            "endpoint": endpoint,
            "spans": sent.spans,
            "traces": sent.traces,
            "sent_before": sent.left_out,
        }
        print_json(document)
        return
    if sent.left_out and not sent.spans:
        text = f"{endpoint} has acknowledged all {sent.left_out} spans before; `--again` sends them again"
    else:
        before = f", beside {sent.left_out} spans that it had acknowledged before" if sent.left_out else ""
        text = f"sent {sent.spans} spans of {sent.traces} traces to {endpoint}{before}"
    say(text)


def _endpoint(given: str | None) -> str:
    return given or settings().otlp or DEFAULT_ENDPOINTS[Variables("traces").protocol()]


def _headers(given: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise ParameterError("`--header` needs a name and a value: write `--header name=value`")
        headers[name.strip()] = value
    return headers


def _refuse(to: str, options: dict[str, object]) -> None:
    """Refuse options that mean nothing here, rather than ignoring what someone wanted."""
    for name, value in options.items():
        if value:
            raise UsageError(f"`{name}` means nothing with `--to {to}`; leave it out")
