"""The command ``interlab power``."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from interlab.errors import ParameterError
from interlab_evals.commands.output import (
    AsCsv,
    AsJson,
    PairedOn,
    Where,
    check_format,
    columns_of,
    print_json,
    print_page,
    print_table_csv,
)
from interlab_evals.presentation.presented import Presented
from interlab_evals.presentation.tables import Column, Page, Row, Table
from interlab_evals.selection import rows_where
from interlab_evals.statistics.planning import (
    Design,
    Variances,
    design_effect,
    episodes_for_half_width,
    episodes_for_rates,
    items_for_difference,
    minimum_detectable_effect,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab_evals.statistics.pilot import EpisodePlan

_EPILOG = """Examples:

  interlab power --rates 0.8 0.9

  interlab power --half-width 0.05 --rate 0.5

  interlab power --difference 0.03 --omega2 0.111 --sigma2 0.167

  interlab power --pilot RUN --metric mean_payoff --difference 0.2 --a openai/gpt-5-mini --b strategy/tit-for-tat

  interlab power --pilot RUN --metric cooperation_rate --half-width 0.05

  interlab power --omega2 0.111 --sigma2 0.167 --episodes 500
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer(Presented):
    """The sample size that a design needs, or the difference that it can show."""

    question: str
    unit: str
    n: int | None = None
    episodes_per_item: float | None = None
    n_episodes: int | None = None
    detectable: float | None = None
    power: float
    level: float
    variances: Variances | None = None
    n_pilot: int | None = None
    notes: tuple[str, ...] = field(default=())

    def page(self) -> Page:
        """Return one table, a row per quantity."""
        rows = tuple(Row((name, value)) for name, value in self._quantities() if value is not None)
        columns = (Column(key="quantity"), Column(key="value", kind="number"))
        table = Table(name="power", title=self.question, columns=columns, rows=rows)
        return Page(tables=(table,), lines=(*self._lines(), *self.notes))

    def _quantities(self) -> Iterator[tuple[str, int | float | None]]:
        yield self.unit, self.n
        if self.unit.startswith("items") and self.episodes_per_item is not None:
            yield "episodes per item", self.episodes_per_item
        if self.unit != "episodes":
            yield "episodes in all", self.n_episodes
        if self.detectable is not None and not math.isinf(self.detectable):
            yield "smallest difference found", self.detectable
        if self.unit == "episodes":
            yield "coverage", self.level
        else:
            yield "power", self.power
            yield "two-sided test at", round(1 - self.level, 12)
        if self.variances is not None:
            yield "variance between items", self.variances.omega2
            for name, value in zip(("a", "b"), self.variances.sigma2, strict=False):
                yield f"variance within, {name}", value

    def _lines(self) -> Iterator[str]:
        if self.detectable is None:
            return
        of = f"the pilot's {self.n_pilot} {self.unit}" if self.n_pilot is not None else self.question
        if math.isinf(self.detectable):
            yield f"No difference is large enough for {of}: too few for the test."
        else:
            yield f"{self.detectable:.3g} is the smallest difference that {of} would find."


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("power", epilog=_EPILOG)(_power)


def _power(
    rates: Annotated[
        tuple[float, float] | None, typer.Option(metavar="P1 P2", help="Two rates to tell apart.")
    ] = None,
    difference: Annotated[float | None, typer.Option(help="The smallest difference that would matter.")] = None,
    half_width: Annotated[float | None, typer.Option(help="Half the width wanted for an interval.")] = None,
    rate: Annotated[float | None, typer.Option(help="The rate expected, for `--half-width`.")] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Standard deviation over episodes, for `--half-width`.")
    ] = None,
    omega2: Annotated[
        float | None,
        typer.Option(help="Variance over items (scenario x seed) of the difference; 0 for independent arms."),
    ] = None,
    sigma2: Annotated[
        float | None, typer.Option(help="Variance within an item, or over the episodes of an arm.")
    ] = None,
    episodes: Annotated[
        float | None, typer.Option(help="Instead: pairs (or episodes per arm) there are; what can they show?")
    ] = None,
    repeats: Annotated[float, typer.Option(min=1, help="Episodes per item and arm.")] = 1,
    pilot: Annotated[
        str | None, typer.Option(metavar="RUN", help="A run that variances are taken from; with `--metric`.")
    ] = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="The pilot's metric.")] = None,
    by: Annotated[
        str, typer.Option(metavar="COLUMN", help="What tells the pilot's arms, or the means wanted, apart.")
    ] = "player",
    a: Annotated[str | None, typer.Option("--a", help="One arm of the pilot, or the mean wanted.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="The other arm of the pilot.")] = None,
    paired_on: PairedOn = None,
    where: Where = None,
    icc: Annotated[float | None, typer.Option(help="Correlation of figures of one cluster.")] = None,
    cluster_size: Annotated[float | None, typer.Option(min=1, help="Figures per cluster.")] = None,
    power: Annotated[float, typer.Option(help="The chance of finding the difference.")] = 0.8,
    level: Annotated[float, typer.Option(help="1 - alpha of the test, or coverage of the interval.")] = 0.95,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Plan a run: how many episodes a question takes, or what a number of episodes can show."""
    check_format(json=json, csv=csv)
    design = Design(repeats=(repeats, repeats), power=power, level=level)
    inflation = _inflation(icc, cluster_size)
    if pilot is not None:
        if metric is None:
            raise ParameterError("`--pilot` takes `--metric`: which of its metrics is it about?")
        if inflation != 1 or (rates, rate, deviation, omega2, episodes, sigma2) != (*[None] * 6,):
            raise ParameterError(
                "a pilot gives the variances, between its clusters: leave out what is given by hand"
            )
        answer = _from_pilot(pilot, metric, difference, half_width, (by, a, b), paired_on, design, where)
    elif rates is not None:
        n = math.ceil(episodes_for_rates(*rates, power=power, level=level) * inflation)
        question = f"rates of {rates[0]:g} and {rates[1]:g}"
        answer = _Answer(question=question, unit="episodes per arm", n=n, power=power, level=level)
    elif half_width is not None:
        n = episodes_for_half_width(half_width, deviation=deviation, rate=rate, level=level)
        question, n = f"an interval of ±{half_width:g}", math.ceil(n * inflation)
        answer = _Answer(question=question, unit="episodes", n=n, power=power, level=level)
    elif omega2 is not None or sigma2 is not None:
        variances = Variances(omega2=omega2 or 0.0, sigma2=(sigma2 or 0.0, sigma2 or 0.0))
        answer = _by_variances(variances, difference, episodes, inflation, design)
    else:
        raise ParameterError(
            "name a question: `--rates`, `--half-width`, `--omega2` or `--sigma2` with `--difference` or "
            "`--episodes`, `--pilot`"
        )
    if json:
        print_json(asdict(answer), answer.page())
    elif csv:
        print_table_csv(answer.page())
    else:
        print_page(answer.page())


def _inflation(icc: float | None, cluster_size: float | None) -> float:
    if (icc is None) != (cluster_size is None):
        raise ParameterError("`--icc` and `--cluster-size` belong together: one alone inflates nothing")
    return 1.0 if icc is None or cluster_size is None else design_effect(cluster_size, icc)


def _by_variances(
    variances: Variances,
    difference: float | None,
    episodes: float | None,
    inflation: float,
    design: Design,
) -> _Answer:
    unit = "items (scenario x seed)" if variances.omega2 else "episodes per arm"
    if (difference is None) == (episodes is None):
        raise ParameterError("`--omega2` and `--sigma2` take either `--difference` or `--episodes`")
    if difference is not None:
        n = math.ceil(items_for_difference(difference, variances, design) * inflation)
        n = max(n, 2)
        question, detectable = f"a difference of {difference:g}", None
    else:
        assert episodes is not None
        n, detectable = None, minimum_detectable_effect(episodes / inflation, variances, design)
        detectable = math.inf if episodes < 2 else detectable
        question = f"{episodes:g} {unit}"
    return _Answer(
        question=question,
        unit=unit,
        n=n,
        detectable=detectable,
        power=design.power,
        level=design.level,
        variances=variances,
    )


def _from_pilot(
    pilot: str,
    metric: str,
    difference: float | None,
    half_width: float | None,
    arms: tuple[str, str | None, str | None],
    paired_on: str | None,
    design: Design,
    where: list[str] | None,
) -> _Answer:
    from interlab_evals import frames
    from interlab_evals.statistics.pilot import plan_episodes

    found: EpisodePlan = plan_episodes(
        rows_where(frames.metrics(pilot), where),
        metric,
        difference=difference,
        half_width=half_width,
        by=arms[0],
        a=arms[1],
        b=arms[2],
        paired_on=columns_of(paired_on),
        repeats=design.repeats[0],
        power=design.power,
        level=design.level,
    )
    return _Answer(
        question=found.question,
        unit=found.unit,
        n=found.n,
        episodes_per_item=found.episodes_per_item,
        n_episodes=found.n_episodes,
        detectable=None if math.isnan(found.detectable) else found.detectable,
        power=design.power,
        level=design.level,
        variances=found.variances,
        n_pilot=found.n_pilot,
        notes=found.notes,
    )
