"""The space of deals: issues, what each value of each issue is worth to each party, and what no deal is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from interlab.errors import ParameterError
from interlab.validation import explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from interlab.schema.episode import Json

    Floats: TypeAlias = NDArray[np.float64]


_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Row = tuple[_Number, ...]
_Values = Annotated[tuple[Any, ...], Field(min_length=1)]


class _Stated(BaseModel):
    """A domain as a game states it."""

    issues: Annotated[tuple[_Values, ...], Field(min_length=1)]
    tables: tuple[tuple[_Row, ...], ...]
    weights: tuple[_Row, ...] | None = None
    reserves: Annotated[_Row, Field(min_length=1)]


@dataclass(frozen=True, eq=False)
class Domain:
    """A negotiation's deals and their utilities, which add up over issues.

    Attributes:
        issues: The values of each issue.
        worth: Party -> issue -> what each value is worth to the party, weight included.
        reserves: What each party gets without a deal.
    """

    issues: tuple[tuple[Json, ...], ...]
    worth: tuple[tuple[tuple[float, ...], ...], ...]
    reserves: tuple[float, ...]

    @classmethod
    def of(cls, domain: Mapping[str, Json]) -> Domain:
        """Read a domain as a game states it (``game["domain"]``).

        Args:
            domain: ``issues`` (the values of each issue), ``tables`` (by party, by issue: what each value is
                worth), ``weights`` (by party, by issue; all 1 where left out) and ``reserves`` (by party).

        Raises:
            ParameterError: Something is missing or no finite number, or the shapes do not agree.
        """
        missing = [key for key in ("issues", "tables", "reserves") if key not in domain]
        if missing:
            raise ParameterError(f"the domain has no `{missing[0]}`; it needs issues, tables and reserves")
        try:
            stated = _Stated.model_validate(domain)
        except ValidationError as error:
            raise ParameterError(f"the domain: {explain(error)}") from None
        issues, tables, reserves = stated.issues, stated.tables, stated.reserves
        weights = stated.weights or tuple((1.0,) * len(issues) for _ in reserves)
        sizes = [len(values) for values in issues]
        fits = len(tables) == len(weights) == len(reserves) and all(
            len(own) == len(issues) and [*map(len, tables_of)] == sizes
            for own, tables_of in zip(weights, tables, strict=False)
        )
        if not fits:
            raise ParameterError(
                "the domain's shapes disagree; each party needs one reserve, and per issue one weight and one "
                "table with a number per value"
            )
        worth = tuple(
            tuple(tuple(weight * value for value in table) for weight, table in zip(own, tables_of, strict=True))
            for own, tables_of in zip(weights, tables, strict=True)
        )
        return cls(issues, worth, reserves)

    @classmethod
    def of_utilities(cls, utilities: ArrayLike, reserves: Sequence[float]) -> Domain:
        """Make a domain of one issue, whose values are the numbers of the outcomes.

        Args:
            utilities: Shape (outcomes, parties).
            reserves: What each party gets without a deal.

        Raises:
            ParameterError: There is no outcome, a utility or a reserve is not finite, or the shapes disagree.
        """
        table = np.asarray(utilities, dtype=np.float64)
        if table.ndim != 2 or not table.size or table.shape[1] != len(reserves):
            raise ParameterError("utilities have the shape (outcomes, parties), with one reserve for each party")
        if not (np.isfinite(table).all() and np.isfinite(reserves).all()):
            raise ParameterError("utilities and reserves have to be finite numbers")
        worth = tuple((tuple(column),) for column in table.T.tolist())
        return cls((tuple(range(len(table))),), worth, tuple(map(float, reserves)))

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return math.prod(len(values) for values in self.issues)

    @cached_property
    def utilities(self) -> Floats:
        """Shape (outcomes, parties); outcomes in the order of ``itertools.product`` over the issues."""
        columns: list[Floats] = []
        for tables in self.worth:
            total = np.zeros(1)
            for table in tables:
                total = np.add.outer(total, np.array(table)).ravel()
            columns.append(total)
        return np.column_stack(columns)

    def outcome(self, index: int) -> tuple[Json, ...]:
        """Give the deal with this number."""
        sizes = [len(values) for values in self.issues]
        return tuple(
            values[int(place)] for values, place in zip(self.issues, np.unravel_index(index, sizes), strict=True)
        )

    def utility(self, deal: Sequence[Json]) -> tuple[float, ...] | None:
        """Give what a deal is worth to each party; ``None`` where it is no deal of this domain."""
        if len(deal) != len(self.issues):
            return None
        try:
            places = [values.index(value) for values, value in zip(self.issues, deal, strict=True)]
        except ValueError:
            return None
        return tuple(
            sum(table[place] for table, place in zip(tables, places, strict=True)) for tables in self.worth
        )
