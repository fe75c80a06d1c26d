"""Domains of negotiation: issues with values, and the utility of every deal to every party.

A deal settles each issue with one of its values. What it is worth to a party is the sum over issues of the
issue's weight times the value's place in the party's table (a linear additive utility function). A domain is
read from JSON of this form, where ``parties``, ``topic`` and ``stories`` may be left out::

    {
      "issues": [["salary", ["low", "high"]], ["days", ["2", "3", "4"]]],
      "tables": [[[0, 1], [0, 0.4, 1]], [[1, 0], [1, 0.8, 0]]],    per party, issue and value
      "weights": [[0.7, 0.3], [0.6, 0.4]],                         per party and issue
      "reserves": [0.3, 0.35],                                     per party: what no deal is worth
      "parties": ["candidate", "employer"],
      "topic": "the terms of a job",
      "stories": ["You have another offer.", "You have another candidate."]
    }
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, model_validator

from interlab.quoting import has_line_break

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Deal = tuple[str, ...]
"""One value per issue, in the order of the issues."""

_MOST_DEALS: Final = 2**20


class Issue(NamedTuple):
    """Something to settle, and the values among which to choose."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """Utilities of deals to one party; private information.

    Attributes:
        issues: What there is to settle; the same for all parties.
        points: What each value adds to a deal, weight included, per issue.
        reserve: What no deal is worth.
        utilities: What each deal is worth, shape (deals,), the last issue varying fastest; not to be changed.
    """

    issues: tuple[Issue, ...]
    points: tuple[tuple[float, ...], ...]
    reserve: float
    utilities: NDArray[np.float64]

    @classmethod
    def of(cls, issues: tuple[Issue, ...], points: tuple[tuple[float, ...], ...], reserve: float) -> Self:
        """Work out what each deal is worth."""
        utilities = reduce(np.add.outer, map(np.asarray, points)).astype(np.float64).ravel()
        utilities.flags.writeable = False
        return cls(issues, points, reserve, utilities)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # A value: copies of an episode share it.
        return self

    def deal(self, index: int) -> Deal:
        """The deal at a place in ``utilities``."""
        places = np.unravel_index(index, [len(issue.values) for issue in self.issues])
        return tuple(issue.values[place] for issue, place in zip(self.issues, places, strict=True))

    def worth(self, deal: Deal) -> float:
        """Return the utility of a deal.

        Raises:
            ValueError: It is no deal of this domain.
        """
        places = [issue.values.index(value) for issue, value in zip(self.issues, deal, strict=True)]
        return float(self.utilities[np.ravel_multi_index(places, [len(issue.values) for issue in self.issues])])


class Domain(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """A domain of negotiation: what can be agreed on, and what it is worth to whom."""

    issues: tuple[Issue, ...]
    tables: tuple[tuple[tuple[float, ...], ...], ...]
    """Per party, issue and value."""
    weights: tuple[tuple[float, ...], ...]
    """Per party and issue."""
    reserves: tuple[float, ...]
    """Per party: what no deal is worth."""
    parties: tuple[str, ...] = ()
    """Names of the roles in seat order; without them the parties get first names."""
    topic: str = "several issues"
    """Topic, as in "a negotiation about ..."."""
    stories: tuple[str, ...] = ()
    """Text that only one party reads, per party."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _check_issues(self.issues)
        parties = len(self.reserves)
        if parties < 2:
            raise ValueError("reserves: a negotiation has at least two parties")
        for name, each in {"tables": self.tables, "weights": self.weights}.items():
            if len(each) != parties:
                raise ValueError(f"{name}: {len(each)} parties, where reserves has {parties}")
        for name, each in {"parties": self.parties, "stories": self.stories}.items():
            if each and len(each) != parties:
                raise ValueError(f"{name}: {len(each)} parties, where reserves has {parties}")
        if len(set(self.parties)) < len(self.parties) or not all(map(_is_name, self.parties)):
            raise ValueError("parties: give each a name of its own, of small letters, digits and hyphens")
        for party, (table, weights) in enumerate(zip(self.tables, self.weights, strict=True), 1):
            self._check_party(party, table, weights)
        return self

    def _check_party(self, party: int, table: Sequence[Sequence[float]], weights: Sequence[float]) -> None:
        if len(weights) != len(self.issues):
            raise ValueError(f"weights of party {party}: {len(weights)} for {len(self.issues)} issues")
        if len(table) != len(self.issues):
            raise ValueError(f"table of party {party}: {len(table)} rows for {len(self.issues)} issues")
        for issue, row in zip(self.issues, table, strict=True):
            if len(row) != len(issue.values):
                have = f"{len(row)} numbers for the {len(issue.values)} values"
                raise ValueError(f"table of party {party}: {have} of `{issue.name}`")

    @property
    def preferences(self) -> tuple[Preferences, ...]:
        """Preferences of each party, in seat order."""
        return _preferences(self)

    @property
    def utilities(self) -> NDArray[np.float64]:
        """Utility of each deal to each party, shape (deals, parties)."""
        return np.column_stack([each.utilities for each in self.preferences])

    @property
    def best_joint_surplus(self) -> float:
        """Largest joint gain over no deal of a deal that makes no party worse off; 0 if there is no such deal."""
        return _best_joint_surplus(self)


def _check_issues(issues: tuple[Issue, ...]) -> None:
    if not issues:
        raise ValueError("issues: there is nothing to settle")
    if len({issue.name for issue in issues}) < len(issues) or not all(issue.name.strip() for issue in issues):
        raise ValueError("issues: give each a name of its own")
    for issue in issues:
        if not issue.values or len(set(issue.values)) < len(issue.values) or not all(map(str.strip, issue.values)):
            raise ValueError(f"issues: `{issue.name}` needs values that differ, none of them empty")
        if any(map(has_line_break, (issue.name, *issue.values))):
            raise ValueError(f"issues: {issue.name!r} and its values must be on one line each")
    if (deals := math.prod(len(issue.values) for issue in issues)) > _MOST_DEALS:
        raise ValueError(f"issues: {deals} deals are possible; {_MOST_DEALS} is the most that can be handled")


def _is_name(text: str) -> bool:
    return text.isascii() and text[:1].islower() and text.replace("-", "").isalnum() and text == text.lower()


@lru_cache(maxsize=64)
def _preferences(domain: Domain) -> tuple[Preferences, ...]:
    return tuple(
        Preferences.of(
            domain.issues,
            tuple(tuple(weight * number for number in row) for weight, row in zip(weights, table, strict=True)),
            reserve,
        )
        for table, weights, reserve in zip(domain.tables, domain.weights, domain.reserves, strict=True)
    )


@lru_cache(maxsize=64)
def _best_joint_surplus(domain: Domain) -> float:
    gains = domain.utilities - np.asarray(domain.reserves)
    feasible = gains[(gains >= 0).all(axis=1)]
    return float(feasible.sum(axis=1).max(initial=0.0))
