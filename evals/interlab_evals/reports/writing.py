"""Files of a report. The same runs give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from interlab.errors import RecordError
from interlab_evals.figures.files import encode, save
from interlab_evals.figures.style import Style
from interlab_evals.presentation.delimited import table_csv
from interlab_evals.presentation.html import page_html, table_html
from interlab_evals.presentation.markdown import escaped as escaped_markdown
from interlab_evals.presentation.markdown import table_markdown
from interlab_evals.reports.content import Report, compose
from interlab_evals.reports.latex import breakable, escaped, figure_latex, table_latex

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from interlab_evals.figures import Figure
    from interlab_evals.presentation.tables import Table
    from interlab_evals.records import Source

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
    runs: Sequence[Source],
    out: str | os.PathLike[str],
    *,
    metrics: Sequence[str] = (),
    by: str | None = None,
    style: Style | None = None,
) -> Written:
    """Write the report of one or many runs: tables, figures, methods, a page and a LaTeX document.

    Args:
        runs: Runs: directories, files of spans, archives, records.
        out: Directory to write to; it is made if it does not exist.
        metrics: Metrics to compare; by default the confirmatory ones.
        by: Column that tells the arms of comparisons apart.
        style: Look of the figures.

    Returns:
        The report and its files.

    Raises:
        UnknownNameError: There is no such run, or a metric is not installed.
        RecordError: A file cannot be written.
    """
    found = compose(runs, metrics=metrics, by=by)
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
    for figure in found.figures:
        yield from (f"figures/{path.name}" for path in save(figure, directory / "figures", style))
        name = f"figures/{figure.name}.csv"
        figure.to_frame().to_csv(directory / name, index=False)
        yield name
    yield put("report.md", _markdown(found))
    yield put("report.html", _html(found, style))
    yield put("report.tex", _latex(found))


def _markdown(found: Report) -> str:
    parts = [f"# {found.title}", found.date]
    for section in found.sections:
        parts.append(f"## {section.title}")
        parts += [escaped_markdown(text) for text in section.paragraphs]
        parts += [table_markdown(table) for table in section.tables]
        parts += [_figure_markdown(figure) for figure in section.figures]
    return "\n\n".join(part for part in parts if part) + "\n"


def _figure_markdown(figure: Figure) -> str:
    caption = escaped_markdown(figure.caption)
    return f"![{caption}](figures/{figure.name}.png)\n\n*{caption}*"


def _html(found: Report, style: Style) -> str:
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    environment = Environment(loader=PackageLoader("interlab_evals.reports", _TEMPLATES), autoescape=True)

    def table(shown: Table) -> Markup:
        return Markup(table_html(shown))  # noqa: S704 (it escapes everything that comes from data)

    def svg(shown: Figure) -> Markup:
        return Markup(_svg(encode(shown, "svg", style)))  # noqa: S704 (Matplotlib draws text as paths)

    environment.filters |= {"table": table, "svg": svg}
    return environment.get_template("report.html.j2").render(report=found) + "\n"


def _svg(content: bytes) -> str:
    """Return the drawing without the declarations of a file of its own, which name addresses."""
    return content[content.index(b"<svg") :].decode()


def _latex(found: Report) -> str:
    template = (resources.files("interlab_evals.reports") / _TEMPLATES / "report.tex").read_text(encoding="utf-8")
    body: list[str] = []
    for section in found.sections:
        body.append(rf"\section{{{escaped(section.title)}}}")
        body += [breakable(text) + "\n" for text in section.paragraphs]
        body += [rf"\input{{tables/{table.name}.tex}}" for table in section.tables]
        body += [figure_latex(figure, "figures") for figure in section.figures]
        body.append(r"\clearpage")
    return (
        template.replace("@TITLE@", escaped(found.title))
        .replace("@DATE@", escaped(found.date))
        .replace("@BODY@", "\n".join(body))
    )
