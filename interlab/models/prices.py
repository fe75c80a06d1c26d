"""What a call costs, in USD, by the price list of genai-prices.

A model that the list does not know costs NaN, never 0: a total that includes an unknown price is unknown. The
list takes a while to import, so that is left until something has a price.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

    from interlab.tracing.recorder import Usage

_MILLION: Final = 1_000_000


class _Rates(NamedTuple):
    """USD a token, and a call."""

    input: float
    cached_input: float
    output: float
    call: float


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
    known = _rates.get(id(price))
    if known is None:
        # The price is kept along with its rates, so that its id stays its own.
        known = _rates[id(price)] = price, _linear(price)
    rates = known[1]
    if rates is None:
        return _calculated(price, usage.input_tokens, usage.cached_tokens, usage.output_tokens)
    cached = min(usage.cached_tokens, usage.input_tokens)
    return (
        (usage.input_tokens - cached) * rates.input
        + cached * rates.cached_input
        + usage.output_tokens * rates.output
        + rates.call
    )


def source() -> str:
    """The price list and its version, for the record of a run; the list carries no date of its own."""
    return f"genai-prices {version('genai-prices')}"


_rates: dict[int, tuple[ModelPrice, _Rates | None]] = {}


@cache
def _listed(provider: str, model: str) -> ModelInfo | None:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    # By its exact id: the list's own lookup takes any name that contains "openai" for OpenAI.
    for each in snapshot.providers:
        if each.id == provider:
            return each.find_model(model, all_providers=snapshot.providers)
    return None


def _linear(price: ModelPrice) -> _Rates | None:
    """The price as a sum of rates, which is far quicker to apply; ``None`` if it depends on the volume."""
    from genai_prices.types import TieredPrices

    if any(isinstance(each, TieredPrices) for each in vars(price).values()):
        return None
    call = _calculated(price, 0, 0, 0)
    return _Rates(
        input=(_calculated(price, _MILLION, 0, 0) - call) / _MILLION,
        cached_input=(_calculated(price, _MILLION, _MILLION, 0) - call) / _MILLION,
        output=(_calculated(price, 0, 0, _MILLION) - call) / _MILLION,
        call=call,
    )


def _calculated(price: ModelPrice, input_tokens: int, cached_tokens: int, output_tokens: int) -> float:
    from genai_prices import Usage as Billed

    if price.input_mtok is None or price.output_mtok is None:
        return math.nan
    billed = Billed(
        input_tokens=input_tokens,
        cache_read_tokens=min(cached_tokens, input_tokens),
        output_tokens=output_tokens,
    )
    return float(price.calc_price(billed)["total_price"])
