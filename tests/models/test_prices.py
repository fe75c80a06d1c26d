"""What a call costs, against the price list's own arithmetic."""

from __future__ import annotations

import math

import pytest
from genai_prices import Usage as Billed
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import example, given
from hypothesis import strategies as st

from interlab.models import prices
from interlab.tracing.recorder import Usage

MODELS = [
    ("openai", "gpt-5-mini"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-5-mini-2025-08-07"),
    ("openrouter", "meta-llama/llama-3.1-8b-instruct"),
    ("anthropic", "claude-sonnet-4-5"),
    ("google", "gemini-2.5-pro"),
]


@pytest.mark.parametrize(("provider", "model"), MODELS)
@given(fresh=st.integers(0, 400_000), cached=st.integers(0, 400_000), output=st.integers(0, 100_000))
@example(fresh=200_000, cached=0, output=9)
@example(fresh=200_001, cached=0, output=9)
@example(fresh=0, cached=0, output=9)
def test_a_price_equals_the_lists_own(provider: str, model: str, fresh: int, cached: int, output: int) -> None:
    ours = prices.usd(
        provider,
        model,
        Usage(input_tokens=fresh + cached, cached_tokens=cached, output_tokens=output, reasoning_tokens=3),
    )
    billed = Billed(input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output)
    theirs = float(calc_price(billed, model, provider_id=provider).total_price)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_both_kinds_of_price_are_among_them() -> None:
    providers = {each.id: each for each in get_snapshot().providers}
    kinds = {
        "TieredPrices" in repr(providers[provider].find_model(model, all_providers=list(providers.values())))
        for provider, model in MODELS
    }
    assert kinds == {True, False}


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai", "nobody-knows"), ("nobody", "gpt-5-mini"), ("my-openai-proxy", "gpt-5-mini")],
)
def test_what_the_list_does_not_know_costs_nan(provider: str, model: str) -> None:
    assert math.isnan(prices.usd(provider, model, Usage(input_tokens=1, output_tokens=1)))


@pytest.mark.parametrize("provider", [each.id for each in get_snapshot().providers])
def test_whatever_is_listed_has_a_price_or_none(provider: str) -> None:
    usage = Usage(input_tokens=1000, cached_tokens=100, output_tokens=100)
    listed = next(each for each in get_snapshot().providers if each.id == provider)
    for model in listed.models:
        usd = prices.usd(provider, model.id, usage)
        assert math.isnan(usd) or usd >= 0


def test_the_source_names_list_and_version() -> None:
    assert prices.source().startswith("genai-prices 0.")
