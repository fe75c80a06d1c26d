"""Files of a report. The same runs give the same bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from interlab.errors import RecordError
from interlab_evals.figures.files import save
from interlab_evals.figures.style import Style
from interlab_evals.presentation.cells import visible
from interlab_evals.presentation.delimited import table_csv, table_frame
from interlab_evals.presentation.html import page_html, table_html
from interlab_evals.presentation.markdown import escaped as escaped_markdown
from interlab_evals.presentation.markdown import table_markdown
from interlab_evals.reports.bibliography import in_words, with_citations
from interlab_evals.reports.content import Part, Report, compose
from interlab_evals.reports.latex import breakable, escaped, figure_latex, quotation_latex, table_latex
from interlab_evals.statistics.estimators import one_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.tables import Table
    from interlab_evals.records import Source
    from interlab_evals.reports.bibliography import Work
    from interlab_evals.reports.transcripts import Quotation

_TEMPLATES: Final = "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A report and where its files are.

    Attributes:
        report: The report.
        directory: Its directory.
        files: Paths of all files, relative to the directory.
    """

    report: Report
    directory: Path
    files: tuple[str, ...]

    def _repr_html_(self) -> str:
        """Show the report in a notebook."""
        return page_html(self.report.page())


def report(
    runs: Source | Sequence[Source],
    out: str | os.PathLike[str],
    *,
    metrics: Sequence[str] = (),
    by: str | None = None,
    where: Sequence[str] = (),
    only: Sequence[Part] = (),
    style: Style | None = None,
) -> Written:
    """Write the report of one or many runs: tables, figures, methods, a page and a LaTeX document.

    Args:
        runs: One run or several: directories, files of spans, archives, records.
        out: Directory to write to; it is made if it does not exist.
        metrics: Metrics to compare; by default the confirmatory ones.
        by: Column that distinguishes the arms of comparisons.
        where: Conditions such as ``scenario=prisoners-dilemma``; episodes that fail one are left out.
        only: Parts to write, of ``tables``, ``figures`` and ``methods``; by default all, with transcripts and
            prompts.
        style: Look of the figures.

    Returns:
        The report and its files; it shows itself in a notebook.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed.
        ParameterError: No episode is left, or a condition is invalid.
        RecordError: A file cannot be written.
    """
    for part in only:
        one_of("only", part, Part)
    sources = [*runs] if isinstance(runs, (list, tuple)) else [cast("Source", runs)]
    found = compose(sources, metrics=metrics, by=by, where=where, only=only)
    directory = Path(out)
    try:
        files = tuple(_write(found, directory, style or Style()))
    except OSError as error:
        raise RecordError(f"cannot write the report to `{directory}`: {error.strerror}") from None
    return Written(report=found, directory=directory, files=files)


def _write(found: Report, directory: Path, style: Style) -> Iterator[str]:
    for folder in ("tables", "figures"):
        (directory / folder).mkdir(parents=True, exist_ok=True)

    def put(name: str, text: str) -> str:
        (directory / name).write_text(text, encoding="utf-8", errors="replace")
        return name

    for table in found.tables:
        yield put(f"tables/{table.name}.tex", table_latex(table))
        yield put(f"tables/{table.name}.csv", table_csv(table))
        name = f"tables/{table.name}.parquet"
        table_frame(table).to_parquet(directory / name, index=False)
        yield name
    for figure in found.figures:
        yield from (f"figures/{path.name}" for path in save(figure, directory / "figures", style))
        name = f"figures/{figure.name}.csv"
        figure.to_frame().to_csv(directory / name, index=False)
        yield name
    for section in found.sections:
        if section.title == "Methods" and section.paragraphs:
            yield put("methods.tex", "\n\n".join(map(_paragraph_latex, section.paragraphs)) + "\n")
            yield put("methods.md", "\n\n".join(map(_paragraph_pandoc, section.paragraphs)) + "\n")
    if found.works:
        yield put("references.bib", "\n".join(work.source for work in found.works))
    yield put("report.md", _markdown(found))
    yield put("report.html", _html(found, directory))
    yield put("report.tex", _latex(found))


def _markdown(found: Report) -> str:
    parts = [f"# {found.title}", found.date]
    for section in found.sections:
        parts.append(f"## {section.title}")
        parts += [with_citations(text, escaped_markdown, in_words) for text in section.paragraphs]
        parts += [table_markdown(table) for table in section.tables]
        parts += [_figure_markdown(figure) for figure in section.figures]
        parts += [_quotation_markdown(each) for each in section.quotations]
    if found.works:
        parts += ["## References", *(f"- {escaped_markdown(work.line)}" for work in found.works)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _figure_markdown(figure: Figure) -> str:
    caption = escaped_markdown(figure.caption)
    return f"![{caption}](figures/{figure.name}.png)\n\n*{caption}*"


def _paragraph_pandoc(text: str) -> str:
    """Write a paragraph with citations as Pandoc reads them."""
    return with_citations(text, escaped_markdown, lambda works: f"[{'; '.join(f'@{work.key}' for work in works)}]")


def _quotation_markdown(quotation: Quotation) -> str:
    text = "\n".join(visible(line) for line in quotation.text.splitlines())
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"### {escaped_markdown(visible(quotation.title))}\n\n{fence}text\n{text}\n{fence}"


def _html(found: Report, directory: Path) -> str:
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    environment = Environment(loader=PackageLoader("interlab_evals.reports", _TEMPLATES), autoescape=True)

    def table(shown: Table) -> Markup:
        return Markup(table_html(shown))  # noqa: S704 (it escapes everything that comes from data)

    def svg(shown: Figure) -> Markup:
        content = (directory / "figures" / f"{shown.name}.svg").read_bytes()
        return Markup(_svg(content))  # noqa: S704 (Matplotlib draws text as paths)

    def words(text: str) -> str:
        return with_citations(text, str, in_words)

    def lines(text: str) -> str:
        return "\n".join(visible(line) for line in text.splitlines())

    environment.filters |= {"table": table, "svg": svg, "words": words, "lines": lines}
    return environment.get_template("report.html.j2").render(report=found) + "\n"


def _svg(content: bytes) -> str:
    """Return the drawing without the declarations of a file of its own, which name addresses."""
    return content[content.index(b"<svg") :].decode()


def _paragraph_latex(text: str) -> str:
    def cite(works: tuple[Work, ...]) -> str:
        return rf"\cite{{{','.join(work.key for work in works)}}}"

    return with_citations(text, breakable, cite)


def _latex(found: Report) -> str:
    template = (resources.files("interlab_evals.reports") / _TEMPLATES / "report.tex").read_text(encoding="utf-8")
    body: list[str] = []
    for section in found.sections:
        body.append(rf"\section{{{escaped(section.title)}}}")
        if section.title == "Methods":
            body.append(r"\input{methods.tex}")
        else:
            body += [_paragraph_latex(text) + "\n" for text in section.paragraphs]
        body += [rf"\input{{tables/{table.name}.tex}}" for table in section.tables]
        body += [figure_latex(figure, "figures") for figure in section.figures]
        body += [quotation_latex(each) for each in section.quotations]
        body.append(r"\clearpage")
    if found.works:
        body.append(r"\begin{thebibliography}{99}")
        body += [rf"\bibitem{{{work.key}}} {breakable(work.line)}" for work in found.works]
        body.append(r"\end{thebibliography}")
    return (
        template.replace("@TITLE@", escaped(found.title))
        .replace("@DATE@", escaped(found.date))
        .replace("@BODY@", "\n".join(body))
    )
