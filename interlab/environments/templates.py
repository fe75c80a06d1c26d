"""Texts with places to fill in, as parameters: checked when they are given, not when an episode is under way."""

from __future__ import annotations

from string import Formatter

from pydantic import AfterValidator


def template(*places: str, required: tuple[str, ...] = ()) -> AfterValidator:
    """Make the validator of a text in which ``{place}`` is replaced.

    Args:
        places: What the text may hold.
        required: What it must hold, one of the places each.

    Example:
        >>> from typing import Annotated
        >>> from pydantic import TypeAdapter
        >>> TypeAdapter(Annotated[str, template("role")]).validate_python("You are {role}.")
        'You are {role}.'
    """

    def check(text: str) -> str:
        try:
            found = list(Formatter().parse(text))
        except ValueError:
            raise ValueError("a single `{` or `}`; write `{{` and `}}` for braces") from None
        named = [(name, form, conversion) for _, name, form, conversion in found if name is not None]
        for name, form, conversion in named:
            if name not in places or form or conversion:
                raise ValueError(f"only {_shown(places)} can be filled in; write `{{{{` and `}}}}` for braces")
        if missing := [name for name in required if name not in {each[0] for each in named}]:
            raise ValueError(f"the text must hold {_shown(missing)}")
        return text

    return AfterValidator(check)


def _shown(places: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{{{place}}}`" for place in places)
