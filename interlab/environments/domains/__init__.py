"""Domains of negotiation, by name, from a file, or drawn at random.

A scenario's parameter ``domain`` takes the name of a built-in domain (``job-offer``), the path of a JSON file (see
:mod:`interlab.situations.domain` for the format; ``FILE.json#NAME`` of a file of several), ``random?...`` with the
options of :class:`~interlab.environments.domains.generator.RandomDomain`, or the domain itself. A file is read at
once and becomes part of the parameters, so that a record holds what was negotiated.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ValidationError

from interlab.environments.domains.generator import generate
from interlab.registry import suggestion
from interlab.situations import Domain
from interlab.validation import problems

_SUFFIX: Final = ".json"
_FIELDS: Final = set(Domain.model_fields)


class _Named(BaseModel, extra="allow"):
    name: str


class _Scenarios(BaseModel):
    scenarios: list[_Named]


def names() -> list[str]:
    """List the built-in domains."""
    folder = resources.files(__name__).iterdir()
    return sorted(each.name.removesuffix(_SUFFIX) for each in folder if each.name.endswith(_SUFFIX))


def domain(choice: str | Domain) -> Domain:
    """Find the domain that a parameter names, or is.

    Raises:
        ValueError: No domain has this name, or an option of a random one is wrong.

    Example:
        >>> domain("car-sale").parties
        ('buyer', 'seller')
        >>> [issue.values for issue in domain("random?sizes=2x3&seed=1").issues]
        [('A1', 'A2'), ('B1', 'B2', 'B3')]
    """
    return choice if isinstance(choice, Domain) else _named(choice)


@cache
def _named(name: str) -> Domain:
    kind, mark, options = name.partition("?")
    if kind == "random":
        return generate(options)
    if mark or name not in names():
        raise ValueError(
            f"no domain is called `{name}`; {suggestion(name, [*names(), 'random'])} "
            f"(a domain of your own is a path that ends in `{_SUFFIX}`)"
        )
    return _read((resources.files(__name__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8"), name)


def _chosen(value: object) -> object:
    if isinstance(value, str):
        path, _, name = value.partition("#")
        if path.endswith(_SUFFIX):
            return _from_file(Path(path), name)
        _named(value)
        return value
    if isinstance(value, Domain):
        return value
    try:
        return Domain.model_validate(value)
    except ValidationError as error:
        raise ValueError(_first(error)) from None


def _from_file(path: Path, name: str) -> Domain:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f"cannot read `{path}`: {reason}") from None
    several = _several(text)
    if not several and not name:
        return _read(text, str(path))
    if name not in several:
        known = suggestion(name, list(several))
        raise ValueError(f"`{path}`: write `{path}#NAME` for one of its scenarios; {known}")
    return _read(several[name], f"{path}#{name}")


def _several(text: str) -> dict[str, str]:
    """The domains in a file of several, ``{"scenarios": [{"name": ..., ...}]}``: name -> its JSON."""
    try:
        found = _Scenarios.model_validate_json(text).scenarios
        return {each.name: each.model_dump_json(include=_FIELDS) for each in found}
    except ValidationError:  # it is a single one, or what is wrong with it is told when it is read as that
        return {}


def _read(text: str, where: str) -> Domain:
    try:
        return Domain.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"`{where}`: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    place, message, _ = problems(error)[0]
    return f"{place}: {message}" if place else message


DomainChoice = Annotated[str | Domain, BeforeValidator(_chosen)]
"""A domain as a parameter."""
