"""Validation of what users give: strict models, and what is wrong with a document in words."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from interlab.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_NOISE: Final = "Value error, "
"""Prefix that pydantic puts before a message of ours."""


class Strict(BaseModel):
    """Base of documents: frozen, every name known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ValidationProblem(NamedTuple):
    """One thing that is wrong, and its place.

    Attributes:
        place: The names that lead there, with dots between; empty for the whole document.
        message: Description of the problem.
        kind: The problem's type, as pydantic calls it.
    """

    place: str
    message: str
    kind: str

    def __str__(self) -> str:
        return f"`{self.place}`: {self.message}" if self.place else self.message


def problems(error: ValidationError) -> list[ValidationProblem]:
    """List all that is wrong.

    Example:
        >>> from pydantic import TypeAdapter, ValidationError
        >>> try:
        ...     TypeAdapter(dict[str, int]).validate_python({"rounds": "many"})
        ... except ValidationError as error:
        ...     print(problems(error)[0])
        `rounds`: Input should be a valid integer, unable to parse string as an integer
    """
    return [
        ValidationProblem(".".join(map(str, each["loc"])), each["msg"].removeprefix(_NOISE), each["type"])
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def read_toml(path: Path, what: str = "file") -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: The file.
        what: Noun for the file, for messages.

    Raises:
        ConfigurationError: It cannot be read, is not UTF-8 text or is not valid TOML; the message names the place.
    """
    try:
        return tomllib.loads(path.read_bytes().removeprefix(_BYTE_ORDER_MARK).decode())
    except OSError as error:
        raise ConfigurationError(f"{what} `{path}` cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        place = f"found byte 0x{error.object[error.start]:02x} at offset {error.start}"
        raise ConfigurationError(f"{what} `{path}` cannot be read: {place}, expected UTF-8 text") from None
    except ValueError as error:  # syntax, or a number too long to convert
        raise ConfigurationError(f"{what} `{path}` is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigurationError(f"{what} `{path}` is not valid TOML: it is nested too deeply") from None


def explain(error: ValidationError) -> str:
    """Say in one line where a document is wrong, and how."""
    return str(problems(error)[0])
