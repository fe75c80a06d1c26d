"""Moves of a negotiation, as a union that the field ``action`` tells apart.

Each move has the fields that go with it and no others: an offer has a price or a deal, accepting, rejecting and
walking away have none. The schema that a model is held to, the form that a person fills in, and validation all
follow from these types. ``action`` is the first field, because OpenAI's strict mode takes a union only if its
members differ in their first field.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

Message = Annotated[str, Field(description="Your message; leave it empty to send none.")]


class Move(BaseModel):
    """Base of moves: frozen, without fields of other moves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        """Read a null as a field that was left out, as models without a schema write it."""
        if not isinstance(given, dict):
            return given
        fields = {name: value for name, value in cast("dict[str, Any]", given).items() if value is not None}
        if foreign := sorted(fields.keys() - cls.model_fields.keys()):
            raise ValueError(f"`{foreign[0]}` does not go with the action `{fields.get('action')}`: leave it out")
        return fields


class PriceOffer(Move):
    """Offer a price."""

    action: Literal["offer"] = "offer"
    price: Annotated[float, Field(ge=0, allow_inf_nan=False, description="The price you offer.")]
    message: Message = ""


class DealOffer(Move):
    """Offer a deal."""

    action: Literal["offer"] = "offer"
    offer: Annotated[dict[str, str], Field(description="The deal you offer.")]
    message: Message = ""


class Accept(Move):
    """Accept the offer on the table."""

    action: Literal["accept"] = "accept"
    message: Message = ""


class Reject(Move):
    """Reject the offer on the table without making another."""

    action: Literal["reject"] = "reject"
    message: Message = ""


class WalkAway(Move):
    """Walk away without a deal."""

    action: Literal["walk_away"] = "walk_away"
    message: Message = ""


PriceOpening = Annotated[PriceOffer | WalkAway, Field(discriminator="action")]
"""A move in a price negotiation while no offer is on the table."""
PriceMove = Annotated[PriceOffer | Accept | WalkAway, Field(discriminator="action")]
"""A move in a price negotiation."""
DealMove = DealOffer | Accept | Reject | WalkAway
"""A move in alternating offers over issues."""
