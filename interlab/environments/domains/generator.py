"""Domains drawn at random, more or less opposed: ``random?sizes=5x4x3&opposition=0.7&seed=2``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qsl

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from interlab import seeds
from interlab.situations import Domain, Issue
from interlab.validation import problems

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_POINTS: Final = 100
_MOST_PARTIES: Final = 10
_LETTERS: Final = "ABCDEFGHIJ"
_SPREAD: Final = 0.7
"""Standard deviation of the logarithm of an issue's weight."""


class RandomDomain(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """Options of a random domain.

    Attributes:
        sizes: Number of values of each issue, such as ``5x4x3``; one to ten issues of two to ten values.
        parties: Number of parties.
        opposition: From 0, where all want the same, by way of 0.5, where what one wants says nothing about what
            another wants, to 1, where they are as opposed as they can be: two parties share a fixed sum.
        reserve: What no deal is worth to each, as a share of what it gets in the most balanced deal (the one whose
            worst-off party is best off); so there is always a deal that no party loses by.
        seed: Which of all such domains.
    """

    sizes: Annotated[str, Field(pattern=r"^([2-9]|10)(x([2-9]|10)){0,9}$")] = "4x4x4"
    parties: Annotated[int, Field(ge=2, le=_MOST_PARTIES)] = 2
    opposition: Annotated[float, Field(ge=0, le=1)] = 0.5
    reserve: Annotated[float, Field(ge=0, le=1)] = 0.5
    seed: int = 0


def generate(options: str) -> Domain:
    """Draw a domain.

    Tastes of the parties are normal variates, equally correlated with a coefficient that falls linearly from 1
    (no opposition) to the least there can be, -1/(parties - 1); each issue's are then stretched to [0, 1]. Weights
    of issues are log-normal; the parties share them where they agree or oppose fully, and have weights of their
    own in between, which is where there is something to trade. A party's best deal is worth 100 points, and all
    points are whole.

    Args:
        options: As in a URL, ``opposition=0.7&seed=2``; see :class:`RandomDomain`.

    Raises:
        ValueError: An option is unknown or out of range.
    """
    asked = _read(options)
    stream = seeds.stream(asked.seed, "domain")
    sizes = [int(size) for size in asked.sizes.split("x")]
    issues = tuple(
        Issue(letter, tuple(f"{letter}{number}" for number in range(1, size + 1)))
        for letter, size in zip(_LETTERS, sizes, strict=False)
    )
    least = -1 / (asked.parties - 1)
    weights = _weights(asked, len(sizes), stream)
    tastes = [_stretched(_correlated(asked, 1 + (least - 1) * asked.opposition, size, stream)) for size in sizes]
    tables = tuple(
        tuple(
            tuple(float(round(points * taste)) for taste in tastes[issue][party].tolist())
            for issue, points in enumerate(_whole(shares))
        )
        for party, shares in enumerate(weights)
    )
    ones = ((1.0,) * len(sizes),) * asked.parties
    drawn = Domain(issues=issues, tables=tables, weights=ones, reserves=(0.0,) * asked.parties)
    balanced = drawn.utilities[drawn.utilities.min(axis=1).argmax()]
    reserves = tuple(np.floor(asked.reserve * balanced).tolist())
    return Domain(issues=issues, tables=tables, weights=ones, reserves=reserves)


def _read(options: str) -> RandomDomain:
    try:
        pairs = parse_qsl(options, keep_blank_values=True, strict_parsing=bool(options))
        given = dict(pairs)
        if len(given) < len(pairs):
            raise ValueError
        return RandomDomain.model_validate(given)
    except ValidationError as error:
        raise ValueError(f"`random`: option {problems(error)[0]}") from None
    except ValueError:
        raise ValueError("write options as `random?name=value&name=value`, each name once") from None


def _correlated(asked: RandomDomain, correlation: float, size: int, stream: Random) -> Floats:
    """Draw normal variates, shape (parties, size), whose rows have this correlation with each other."""
    rows = np.array([[stream.gauss() for _ in range(size)] for _ in range(asked.parties)])
    mean = rows.mean(axis=0)
    shared = max(0.0, 1 + (asked.parties - 1) * correlation)
    return math.sqrt(1 - correlation) * (rows - mean) + math.sqrt(shared) * mean


def _stretched(rows: Floats) -> Floats:
    low, high = rows.min(axis=1, keepdims=True), rows.max(axis=1, keepdims=True)
    return (rows - low) / (high - low)


def _weights(asked: RandomDomain, issues: int, stream: Random) -> Floats:
    """Draw weights, shape (parties, issues), each party's with a sum of 1."""
    shared = abs(1 - 2 * asked.opposition)
    common = np.array([stream.gauss() for _ in range(issues)])
    own = np.array([[stream.gauss() for _ in range(issues)] for _ in range(asked.parties)])
    weights = np.exp(_SPREAD * (math.sqrt(shared) * common + math.sqrt(1 - shared) * own))
    return weights / weights.sum(axis=1, keepdims=True)


def _whole(shares: Floats) -> list[int]:
    """Split the points by shares, in whole points (largest remainders)."""
    exact = [share * _POINTS for share in shares.tolist()]
    whole = [math.floor(points) for points in exact]
    by_remainder = sorted(range(len(exact)), key=lambda issue: whole[issue] - exact[issue])
    for issue in by_remainder[: _POINTS - sum(whole)]:
        whole[issue] += 1
    return whole
