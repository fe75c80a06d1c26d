"""What is public resolves, is in order, and its examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("interlab", "interlab_evals", "interlab_exporters")
LISTS = (
    *PACKAGES,
    "interlab.actors.human",
    "interlab.environments",
    "interlab.memory",
    "interlab.models",
    "interlab.queries",
    "interlab.situations",
    "interlab.testing",
    "interlab.instrumentation",
    "interlab.tracing.recorder",
)


def modules() -> list[str]:
    return [
        name
        for package in PACKAGES
        for _, name, _ in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    ]


@pytest.mark.parametrize("name", LISTS)
def test_public_names_resolve_and_are_sorted(name: str) -> None:
    module = importlib.import_module(name)
    public: list[str] = module.__all__
    assert public == sorted(set(public))
    for each in public:
        assert getattr(module, each) is not None


@pytest.mark.parametrize("name", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError):
        _ = importlib.import_module(name).no_such_name


@pytest.mark.parametrize("name", [*PACKAGES, *modules()])
def test_examples_run(name: str, tmp_path: Path) -> None:
    module = importlib.import_module(name)
    results = doctest.testmod(module, extraglobs={"directory": tmp_path}, optionflags=doctest.ELLIPSIS)
    assert results.failed == 0
