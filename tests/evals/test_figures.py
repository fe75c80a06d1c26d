"""Figures: every kind draws, the same bytes every time, whatever its labels say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from interlab.errors import ConfigurationError
from interlab_evals.figures import (
    Axis,
    Band,
    Curve,
    Distribution,
    Figure,
    ForestPlot,
    ForestRow,
    Group,
    Matrix,
    MatrixCell,
    Network,
    NetworkEdge,
    Plane,
    Points,
    Survival,
    SurvivalCurve,
    Trajectories,
)
from interlab_evals.figures.drawing import draw
from interlab_evals.figures.files import FORMATS, encode, save
from interlab_evals.figures.paper import label
from interlab_evals.figures.style import Style

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "$\\input{x}$ <script> \u202e\x00\ud800\x1b[31m 漢字 \n\n second % & # _ ~ ^ line " + "x" * 500
X = Axis(label="round", integer=True)
Y = Axis(label="cooperation rate", low=0, high=1)


def figures(name: str = "strategy/tit-for-tat", other: str = "model") -> list[Figure]:
    return [
        Distribution(
            name="distribution",
            caption="Payoffs.",
            axis=Axis(label=name),
            groups=(Group(label=name, values=(1.0, 2.0, math.nan)), Group(label="none", values=())),
        ),
        Trajectories(
            name="trajectories",
            caption="Cooperation by round.",
            x=X,
            y=Y,
            curves=(
                Curve(
                    label=name, points=(Band(x=1, value=0.5, low=0.4, high=0.6, n=9), Band(x=2, value=math.nan))
                ),
                Curve(label=other, points=()),
            ),
            marks=((1.5, name),),
        ),
        Matrix(
            name="matrix",
            caption="Cross-play.",
            row_axis="player",
            column_axis=name,
            row_labels=(name, other),
            column_labels=(name, other),
            cells={(name, name): MatrixCell(value=0.5, text=".50", detail=".4–.6", n=3)},
            value_axis=Y,
        ),
        Plane(
            name="plane",
            caption="Deals.",
            x=X,
            y=Y,
            groups=(Points(label=name, xs=(0.5,), ys=(0.5,), counts=(3,)),),
            background=Points(label="all outcomes", xs=(0.0, 1.0), ys=(1.0, 0.0)),
            frontier=((0.0, 1.0), (1.0, 0.0)),
            marks=((0.5, 0.5, name),),
            vertical=0.1,
            horizontal=0.2,
        ),
        Survival(
            name="survival",
            caption="Survival.",
            x=X,
            y=Y,
            curves=(
                SurvivalCurve(
                    label=name, times=(0, 3), survival=(1, 0.5), low=(1, 0.2), high=(1, 0.8), censored=(5,), n=4
                ),
            ),
        ),
        ForestPlot(
            name="forest",
            caption="Differences.",
            axis=Axis(label="difference"),
            entries=(
                ForestRow(label=name, value=0.2, low=0.1, high=0.3, text="0.20, p = .01", section=name),
                ForestRow(label=other, value=0.0, filled=False),
            ),
        ),
        Network(
            name="network",
            caption="Messages.",
            nodes=(name, other),
            edges=(NetworkEdge(source=name, target=other, weight=3),),
        ),
    ]


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.name)
def test_every_kind_is_the_same_bytes_every_time(figure: Figure) -> None:
    for each in FORMATS:
        assert encode(figure, each) == encode(figure, each)


@pytest.mark.parametrize("figure", figures(HOSTILE), ids=lambda figure: figure.name)
@pytest.mark.parametrize("font", ["serif", "sans"])
def test_hostile_labels_are_drawn_as_text(figure: Figure, font: str) -> None:
    svg = encode(figure, "svg", Style.model_validate({"font": font}))
    assert b"<script" not in svg
    assert svg.startswith(b"<?xml")


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.name)
def test_the_numbers_behind_a_figure_are_a_frame(figure: Figure) -> None:
    assert len(figure.to_frame()) > 0


def test_files_are_named_after_the_figure(tmp_path: Path) -> None:
    paths = save(figures()[0], tmp_path)
    assert [path.name for path in paths] == ["distribution.pdf", "distribution.svg", "distribution.png"]
    assert paths[0].read_bytes().startswith(b"%PDF")
    assert b"/FontFile2" in paths[0].read_bytes()


def test_widths_are_those_of_the_style() -> None:
    style = Style(column_width=3.0, page_width=6.5)
    narrow = figures()[1]
    assert draw(narrow, style).get_size_inches()[0] == pytest.approx(3.0)
    assert draw(replace(narrow, width="page"), style).get_size_inches()[0] == pytest.approx(6.5)


def test_labels_are_one_bounded_line() -> None:
    assert label("a\nb\tc", Style()) == "a b c"
    assert len(label(HOSTILE, Style())) == 40


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("font = 'comic'", "font"),
        ("colours = ['red']", "colours"),
        ("size = 3", "size"),
        ("font =", "expected TOML"),
    ],
)
def test_invalid_styles_name_what_is_invalid(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "style.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=named):
        Style.read(path)
