"""What a call costs, in USD, by the price list of genai-prices.

A model that the list does not know costs NaN, never 0: a total that includes an unknown price is unknown. The
list takes a while to import, so that is left until something has a price, and to apply, so that its prices are
turned into rates.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

    from interlab.tracing.recorder import Usage

_MANY: Final = 1_000_000
"""Tokens that a rate is taken from."""


class _Rates(NamedTuple):
    """USD a token, and a call."""

    input: float
    cached_input: float
    output: float
    call: float


class _Tariff:
    """A price of the list as rates: one set for each range of input tokens that it prices differently."""

    def __init__(self, price: ModelPrice) -> None:
        from genai_prices.types import TieredPrices

        self._price = price
        tiered = (each for each in vars(price).values() if isinstance(each, TieredPrices))
        self._bounds = sorted({tier.start for each in tiered for tier in each.tiers})
        self._rates: dict[int, _Rates] = {}

    def usd(self, usage: Usage) -> float:
        tier = bisect_left(self._bounds, usage.input_tokens)
        rates = self._rates.get(tier)
        if rates is None:
            rates = self._rates[tier] = self._rates_within(tier)
        cached = min(usage.cached_tokens, usage.input_tokens)
        return (
            (usage.input_tokens - cached) * rates.input
            + cached * rates.cached_input
            + (usage.output_tokens * rates.output if usage.output_tokens else 0.0)  # embeddings have none
            + rates.call
        )

    def _rates_within(self, tier: int) -> _Rates:
        within = self._bounds[tier - 1] + 1 if tier else self._bounds[0] if self._bounds else _MANY
        call = self._calculated(0, 0, 0)
        fresh = self._calculated(within, 0, 0)
        return _Rates(
            input=(fresh - call) / within,
            cached_input=(self._calculated(within, within, 0) - call) / within,
            output=(self._calculated(within, 0, _MANY) - fresh) / _MANY,
            call=call,
        )

    def _calculated(self, input_tokens: int, cached_tokens: int, output_tokens: int) -> float:
        from genai_prices import Usage as Billed

        if self._price.input_mtok is None or (output_tokens and self._price.output_mtok is None):
            return math.nan
        billed = Billed(input_tokens=input_tokens, cache_read_tokens=cached_tokens, output_tokens=output_tokens)
        return float(self._price.calc_price(billed)["total_price"])


_tariffs: dict[int, _Tariff] = {}
"""By the id of the price, which the tariff keeps alive."""


def usd(provider: str, model: str, usage: Usage) -> float:
    """Price a call.

    Args:
        provider: The provider's id in the price list, e.g. ``openai``.
        model: The model's name, as asked for or as answered.
        usage: Tokens; those read from a cache are part of the input tokens, as reasoning is of the output.

    Returns:
        USD; NaN if the list does not know the model, or not by the token.
    """
    listed = _listed(provider, model)
    if listed is None:
        return math.nan
    price = listed.get_prices(datetime.now(tz=UTC))
    tariff = _tariffs.get(id(price))
    if tariff is None:
        tariff = _tariffs[id(price)] = _Tariff(price)
    return tariff.usd(usage)


def source() -> str:
    """The price list and its version, for the record of a run; the list carries no date of its own."""
    return f"genai-prices {version('genai-prices')}"


@cache
def _listed(provider: str, model: str) -> ModelInfo | None:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    # By its exact id: the list's own lookup takes any name that contains "openai" for OpenAI.
    for each in snapshot.providers:
        if each.id == provider:
            return each.find_model(model, all_providers=snapshot.providers)
    return None
