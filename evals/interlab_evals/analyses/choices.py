"""Rows for analyses that look at moves rather than at metrics: choices, answered offers, opening offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from interlab_evals.measures.exchange import answered_offers
from interlab_evals.measures.histories import perspectives
from interlab_evals.records import is_failed, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlab.schema.episode import Episode
    from interlab_evals.records import Source


def choices_of(source: Source) -> pd.DataFrame:
    """List every choice in games of cooperation between two, as :func:`interlab_evals.sfem` wants them.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        One row per choice: ``subject`` (player and condition), ``game`` (run, episode and role), ``round``
        (counted over the rounds in which both moved), ``own`` and ``other`` (``C`` or ``D``). Failed episodes are
        left out.
    """
    rows: list[tuple[str, str, int, str, str]] = []
    for episode in _whole(source):
        for role, seen in perspectives(episode).items():
            subject = f"{episode.seat(role).player} in {episode.condition}"
            game = f"{episode.run}/{episode.id}/{role}"
            moves = [pair for pair in zip(*seen, strict=True) if "-" not in pair]
            rows.extend((subject, game, number, own, other) for number, (own, other) in enumerate(moves, 1))
    return pd.DataFrame(rows, columns=["subject", "game", "round", "own", "other"])


def answered_offers_of(source: Source) -> pd.DataFrame:
    """List every offer in ultimatum games that was accepted or rejected.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        One row per offer: ``run``, ``episode``, ``responder`` (its player), ``offer`` (as a part of the pie) and
        ``accepted`` (bool). Failed episodes are left out.
    """
    rows: list[tuple[str, str, str, float, bool]] = []
    for episode in _whole(source):
        pie, responder = episode.game.get("pie"), episode.game.get("responder")
        if isinstance(pie, (int, float)) and pie > 0 and isinstance(responder, str):
            player = episode.seat(responder).player
            answers = answered_offers(episode)
            rows.extend((episode.run, episode.id, player, offer / pie, accepted) for offer, accepted in answers)
    return pd.DataFrame(rows, columns=["run", "episode", "responder", "offer", "accepted"])


def opening_offers_of(source: Source) -> pd.DataFrame:
    """List how every price negotiation with a zone of agreement opened and ended.

    Args:
        source: A run, its directory, a file or directory of spans, or a record.

    Returns:
        One row per episode: ``run``, ``episode``, ``opener`` (the player who made the first valid offer), ``side``
        (its role), ``anchor`` (that offer), ``agreed`` (bool) and ``price`` (NaN without a deal); both prices
        scaled by the zone, (x - seller's reserve) / (buyer's reserve - seller's reserve). Failed episodes and
        those without an offer are left out.
    """
    rows: list[tuple[object, ...]] = []
    for episode in _whole(source):
        opening = _opening(episode)
        match episode.game.get("reserves"), opening:
            case {"buyer": int() | float() as value, "seller": int() | float() as cost}, (side, anchor) if (
                value > cost
            ):
                price = _agreed_price(episode)
                scaled = None if price is None else (price - cost) / (value - cost)
                opener = episode.seat(side).player
                placed = (anchor - cost) / (value - cost)
                rows.append((episode.run, episode.id, opener, side, placed, price is not None, scaled))
            case _:
                pass
    columns = ["run", "episode", "opener", "side", "anchor", "agreed", "price"]
    return pd.DataFrame(rows, columns=columns).astype({"anchor": "float64", "agreed": "bool", "price": "float64"})


def _whole(source: Source) -> Iterator[Episode]:
    return (episode for episode in read(source).episodes if not is_failed(episode))


def _opening(episode: Episode) -> tuple[str, float] | None:
    """Find the first valid offer of a price, and who made it."""
    for each in episode.rounds:
        moves: Any = each.facts.get("moves")
        for move in cast("list[dict[str, Any]]", moves) if isinstance(moves, list) else ():
            match move:
                case {"by": str() as by, "action": "offer", "outcome": [int() | float() as price]}:
                    if move.get("valid", True):
                        return by, price
                case _:
                    pass
    return None


def _agreed_price(episode: Episode) -> float | None:
    if episode.outcome.get("agreement") is not True:
        return None
    match episode.outcome.get("price"), episode.outcome.get("deal"):
        case (int() | float() as price, _) | (_, [int() | float() as price]):
            return price
        case _:
            return None
