"""What is wrong with something that a user gave, in words: the first complaint of a validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError

_NOISE: Final = "Value error, "
"""What pydantic puts before a message that is ours."""


class Complaint(NamedTuple):
    """What is wrong, and where.

    Attributes:
        place: The names that lead there, with dots between; empty for the whole.
        message: What is wrong.
        kind: Which sort of complaint it is, as pydantic calls it.
    """

    place: str
    message: str
    kind: str

    def __str__(self) -> str:
        return f"`{self.place}`: {self.message}" if self.place else self.message


def complaints(error: ValidationError) -> list[Complaint]:
    """All that is wrong.

    Example:
        >>> from pydantic import TypeAdapter, ValidationError
        >>> try:
        ...     TypeAdapter(dict[str, int]).validate_python({"rounds": "many"})
        ... except ValidationError as error:
        ...     print(complaints(error)[0])
        `rounds`: Input should be a valid integer, unable to parse string as an integer
    """
    return [
        Complaint(".".join(map(str, each["loc"])), each["msg"].removeprefix(_NOISE), each["type"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]
