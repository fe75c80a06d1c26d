"""The command ``interlab judge``."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    Level,
    check_format,
    print_csv,
    print_json,
    print_page,
    remember,
)
from interlab_evals.presentation.numbers import dollars
from interlab_evals.presentation.tables import Column, Page, Row, Table
from interlab_evals.presentation.wording import counted

if TYPE_CHECKING:
    from interlab.tracing.telemetry import Telemetry
    from interlab_evals.judges import Judged
    from interlab_evals.judges.agreement import LabelledAgreement
    from interlab_evals.records import Record

_EPILOG = """Examples:

  interlab judge runs/2026-11-22T14-30-05-cooperation-7f3a --rubric promise --judge openai/gpt-5-mini

  interlab judge RUN --rubric deception --judge openai/gpt-5-mini --judge ollama/llama3.2 --repeats 3

  interlab judge RUN --rubric mine.toml --judge local/smollm2 --labels by-hand.csv

  interlab judge RUN --rubric leak --judge openai/gpt-5-mini --csv > leak.csv
"""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("judge", epilog=_EPILOG)(_judge)


def _judge(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="The directory of a run, a file or directory of spans, or jaeger://HOST:PORT?run=ID.",
        ),
    ],
    rubric: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="promise, deception, threat, concession_talk, leak, or FILE.toml with one of your own.",
        ),
    ],
    judge: Annotated[list[str], typer.Option(metavar="PLAYER", help="A model that judges; repeatable.")],
    repeats: Annotated[int, typer.Option(min=1, help="How often each judge is asked about the same.")] = 1,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Labels by hand: columns episode, role (if judged by role), answer."
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Judgements under way at once.")] = 8,
    level: Level = 0.95,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Let language models judge what was said in a run, by a rubric, and measure how far they agree.

    The judgements of the run's directory are kept in judgements/: spans of every call, and a table.
    """
    from interlab_evals.judges import judge as let_judge
    from interlab_evals.judges import labelled_agreement, rubric_named
    from interlab_evals.judges.labels import read_labels
    from interlab_evals.records import read

    check_format(json=json, csv=csv)
    chosen = rubric_named(rubric)
    record = read(run)
    by_hand = read_labels(labels, chosen) if labels is not None else None
    telemetry = _telemetry(record)
    try:
        judged = let_judge(record, chosen, judge, repeats=repeats, telemetry=telemetry, concurrency=concurrency)
    finally:
        telemetry.close()
    _keep(record, judged)
    agreement = labelled_agreement(judged.judgements, by_hand) if by_hand is not None else []
    if csv:
        print_csv(judged.judgements)
    elif json:
        print_json(_document(judged, agreement, level), _page(judged, agreement, level))
    else:
        print_page(_page(judged, agreement, level))
    remember(record, "judge")


def _telemetry(record: Record) -> Telemetry:
    from interlab.tracing.telemetry import Telemetry
    from interlab_exporters import JsonlSpanProcessor

    if record.path is None:
        return Telemetry([])
    directory = record.path / "judgements"
    directory.mkdir(exist_ok=True)
    number = sum(1 for _ in directory.glob("*.jsonl"))
    return Telemetry([JsonlSpanProcessor(directory / f"{number:03d}.jsonl")])


def _keep(record: Record, judged: Judged) -> None:
    if record.path is not None:
        table = judged.judgements.assign(answer=judged.judgements["answer"].astype("string"))
        table.to_parquet(record.path / "judgements" / f"{judged.rubric.name}.parquet", index=False)


def _document(judged: Judged, agreement: list[LabelledAgreement], level: float) -> dict[str, Any]:
    return {
        "rubric": judged.rubric.model_dump(mode="json"),
        "estimates": judged.estimates(level).document(),
        "krippendorff_alpha": None if math.isnan(judged.alpha) else judged.alpha,
        "by_hand": [asdict(each) for each in agreement],
        "judgements": len(judged.judgements),
        "answers": _answers(judged),
        "unanswered": judged.unanswered,
        "left_out": judged.left_out,
        "calls": judged.spending.calls,
        "tokens": judged.spending.tokens,
        "usd": None if math.isnan(judged.spending.usd) else judged.spending.usd,
    }


def _answers(judged: Judged) -> dict[str, int]:
    """Count each answer, also those that the metric leaves out."""
    answers = judged.judgements["answer"].dropna().astype(str)
    return {str(answer): int(count) for answer, count in answers.value_counts().items()}


def _page(judged: Judged, agreement: list[LabelledAgreement], level: float) -> Page:
    estimates = judged.estimates(level).page()
    answers = Table(
        name="answers",
        title="answers",
        columns=(Column(key="answer"), Column(key="n", kind="count")),
        rows=tuple(Row(each) for each in _answers(judged).items()),
    )
    by_hand = Table(
        name="by-hand",
        title="agreement with labels by hand",
        columns=(
            Column(key="rater"),
            Column(key="n", kind="count"),
            Column(key="equal", kind="number", decimals=2),
            Column(key="kappa", kind="number", decimals=3),
        ),
        rows=tuple(Row((each.rater, each.n, each.share, each.kappa)) for each in agreement),
    )
    spending = judged.spending
    return Page(
        title=f"{judged.rubric.metric}: {judged.rubric.summary}",
        tables=(*estimates.tables, answers, *([by_hand] if agreement else [])),
        lines=(
            *estimates.lines,
            _on_agreement(judged.alpha, judged.judgements["rater"].nunique()),
            f"{counted(len(judged.judgements), 'judgement')}, {judged.unanswered} without a valid answer; "
            f"{counted(judged.left_out, 'episode')} left out.",
            f"Cost: {dollars(spending.usd)} for {counted(spending.calls, 'call')} with "
            f"{counted(spending.tokens, 'token')}.",
        ),
    )


def _on_agreement(alpha: float, raters: int) -> str:
    if raters < 2:
        return "One rater, so agreement is unknown: use several judges, `--repeats` or `--labels`."
    shown = "undefined, as all answers are the same" if math.isnan(alpha) else f"{alpha:.3f}"
    return f"Krippendorff's alpha among {raters} raters: {shown}."
