"""The command ``interlab power``."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from interlab.errors import ParameterError
from interlab_evals.commands.output import AsJson, Where, print_json, rows_where
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
class _Answer:
    """What a design takes, or can show."""

    question: str
    unit: str
    n: int | None = None
    detectable: float | None = None
    power: float
    level: float
    variances: Variances | None = None
    n_pilot: int | None = None
    notes: tuple[str, ...] = field(default=())


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
    by: Annotated[str, typer.Option(metavar="COLUMN", help="What tells the pilot's arms apart.")] = "player",
    a: Annotated[str | None, typer.Option("--a", help="One arm of the pilot.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="The other arm of the pilot.")] = None,
    where: Where = None,
    icc: Annotated[float, typer.Option(help="Correlation of figures of one cluster.")] = 0.0,
    cluster_size: Annotated[float, typer.Option(min=1, help="Figures per cluster.")] = 1,
    power: Annotated[float, typer.Option(help="The chance of finding the difference.")] = 0.8,
    level: Annotated[float, typer.Option(help="1 - alpha of the test, or coverage of the interval.")] = 0.95,
    json: AsJson = False,
) -> None:
    """Plan a run: how many episodes a question takes, or what a number of episodes can show."""
    design = Design(repeats=(repeats, repeats), power=power, level=level)
    inflation = design_effect(cluster_size, icc)
    if pilot is not None:
        if metric is None:
            raise ParameterError("`--pilot` takes `--metric`: which of its metrics is it about?")
        asked_by = None if half_width is not None else by
        answer = _from_pilot(pilot, metric, difference, half_width, asked_by, (a, b), design, where)
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
        print_json(asdict(answer))
    else:
        _print(answer)


def _by_variances(
    variances: Variances,
    difference: float | None,
    episodes: float | None,
    inflation: float,
    design: Design,
) -> _Answer:
    unit = "pairs" if variances.omega2 else "episodes per arm"
    if (difference is None) == (episodes is None):
        raise ParameterError("`--omega2` and `--sigma2` take either `--difference` or `--episodes`")
    if difference is not None:
        n = math.ceil(items_for_difference(difference, variances, design) * inflation)
        question, detectable = f"a difference of {difference:g}", None
    else:
        assert episodes is not None
        n, detectable = None, minimum_detectable_effect(episodes / inflation, variances, design)
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
    by: str | None,
    arms: tuple[str | None, str | None],
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
        by=by,
        a=arms[0],
        b=arms[1],
        repeats=design.repeats[0],
        power=design.power,
        level=design.level,
    )
    return _Answer(
        question=found.question,
        unit=found.unit,
        n=found.n,
        detectable=None if math.isnan(found.detectable) else found.detectable,
        power=design.power,
        level=design.level,
        variances=found.variances,
        n_pilot=found.n_pilot,
        notes=found.notes,
    )


def _print(answer: _Answer) -> None:
    if answer.n is not None:
        typer.echo(f"{answer.n} {answer.unit} for {answer.question}")
    if answer.detectable is not None:
        of = f"the pilot's {answer.n_pilot} {answer.unit}" if answer.n_pilot is not None else answer.question
        typer.echo(f"{answer.detectable:.3g} is the smallest difference that {of} would find")
    if answer.unit == "episodes":
        typer.echo(f"coverage {answer.level:.0%}")
    else:
        typer.echo(f"power {answer.power:.0%}, two-sided test at {1 - answer.level:.2g}")
    if answer.variances is not None:
        within = " and ".join(f"{each:.3g}" for each in answer.variances.sigma2)
        typer.echo(f"variance between items {answer.variances.omega2:.3g}, within {within}")
    for note in answer.notes:
        typer.echo(note)
