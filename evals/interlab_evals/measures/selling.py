"""Auctions: who gets the item, and who gets the gains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from interlab_evals.measures.declaration import Count, metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode

_NO_SALE: Final = "no round tells what the item was worth to each, or it was worth nothing to all"


@metric(
    kind="ratio",
    range=(0.0, 1.0),
    direction="higher",
    level="episode",
    undefined=_NO_SALE,
    source="Kagel & Levin (2016), Auctions: a survey of experimental research",
)
def allocative_efficiency(episode: Episode) -> Count:
    """Value of the items to their winners as a share of their largest possible value.

    k/n with k = sum_t v_t(winner), nothing where no one won, and n = sum_t max_i v_it, v = ``facts["values"]``.
    """
    rounds = list(_auctions(episode))
    return Count(sum(each.values.get(each.winner, 0.0) for each in rounds), sum(each.best for each in rounds))


@metric(
    kind="ratio",
    range=(0.0, float("inf")),
    direction="neutral",
    level="episode",
    undefined=_NO_SALE,
    source="Vickrey (1961)",
)
def revenue_share(episode: Episode) -> Count:
    """Revenue of the seller as a share of the items' largest possible value; above 1 where winners overbid.

    k/n with k = sum_t price_t, nothing where no one won, and n = sum_t max_i v_it, v = ``facts["values"]``.
    """
    rounds = list(_auctions(episode))
    return Count(sum(each.price for each in rounds), sum(each.best for each in rounds))


class _Auction(NamedTuple):
    """One round."""

    values: dict[str, float]
    winner: str
    price: float

    @property
    def best(self) -> float:
        return max(self.values.values())


def _auctions(episode: Episode) -> Iterator[_Auction]:
    for each in episode.rounds:
        values = each.facts.get("values")
        if not isinstance(values, dict) or not values:
            continue
        known = {role: float(value) for role, value in values.items() if isinstance(value, int | float)}
        told = each.facts.get("price")
        price = float(told) if isinstance(told, int | float) else 0.0
        yield _Auction(known, str(each.facts.get("winner")), price)
