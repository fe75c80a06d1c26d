"""From a player spec to a model: who serves it, and what class speaks to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from interlab import registry
from interlab.errors import UnknownNameError
from interlab.models.providers import providers
from interlab.player_spec import PlayerSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlab.models.base import Model


def model(spec: str | PlayerSpec) -> Model:
    """Make a model.

    The provider is looked up among the shipped presets and the user's own (``providers.toml``), then among
    the entry points of the group ``interlab.models``: callables that take a :class:`PlayerSpec` and return a
    model. Nothing is called or connected yet; see :meth:`Model.check`.

    Args:
        spec: ``provider/name?option=value``, e.g. ``openai/gpt-5-mini?temperature=0.7`` or ``local/smollm2``.

    Raises:
        UnknownNameError: There is no such provider; the message names near misses.
        ParameterError: The spec is malformed, or an option is unknown or has a bad value.
    """
    parsed = PlayerSpec.parse(spec) if isinstance(spec, str) else spec
    known = providers()
    if parsed.prefix in known:
        from interlab.models.openai import OpenAIModel  # the client takes long to import

        return OpenAIModel(parsed, known[parsed.prefix])
    others = registry.names("models")
    if parsed.prefix not in others:
        hint = registry.suggestion(parsed.prefix, sorted({*known, *others}))
        raise UnknownNameError(f"`{parsed}`: no provider is called `{parsed.prefix}`; {hint}")
    make = cast("Callable[[PlayerSpec], Model]", registry.load("models", parsed.prefix))
    return make(parsed)
