"""The tree of errors is the one drawn in the module."""

from __future__ import annotations

import inspect
import re

import pytest

from interlab import errors
from interlab.errors import InterLabError

_LINE = re.compile(r"^    (?P<indent>[│ ]*)(?:[├└]── )?(?P<name>\w+Error)(?: \((?P<builtin>\w+)\))?", re.MULTILINE)


def drawn() -> dict[str, tuple[str | None, str | None]]:
    """Name -> (name of the parent, name of the builtin), as drawn."""
    tree: dict[str, tuple[str | None, str | None]] = {}
    above: list[str] = []
    for match in _LINE.finditer(errors.__doc__ or ""):
        depth = 0 if match["name"] == "InterLabError" else len(match["indent"]) // 4 + 1
        above[depth:] = [match["name"]]
        tree[match["name"]] = (above[depth - 1] if depth else None, match["builtin"])
    return tree


CLASSES = {name: each for name, each in vars(errors).items() if inspect.isclass(each)}


def test_the_drawing_is_the_tree() -> None:
    parents = {
        name: next((base.__name__ for base in each.__bases__ if issubclass(base, InterLabError)), None)
        for name, each in CLASSES.items()
    }
    assert {name: parent for name, (parent, _) in drawn().items()} == parents


@pytest.mark.parametrize(
    ("name", "builtin"), [(name, builtin) for name, (_, builtin) in drawn().items() if builtin]
)
def test_errors_are_the_builtins_that_a_caller_would_catch(name: str, builtin: str) -> None:
    kind: type = getattr(__import__("builtins"), builtin)
    assert kind in CLASSES[name].__bases__


def test_every_leaf_is_a_builtin_too() -> None:
    leaves = [each for each in CLASSES.values() if not each.__subclasses__() and each is not InterLabError]
    for leaf in leaves:
        builtins = [base for base in leaf.__mro__ if base.__module__ == "builtins"]
        assert set(builtins) - {Exception, BaseException, object}, f"{leaf.__name__} is no builtin"


def test_every_error_says_what_it_is() -> None:
    for each in CLASSES.values():
        assert (each.__doc__ or "").strip().endswith(".")
        assert issubclass(each, InterLabError)
        assert str(each("`x` is wrong; do y")) == "`x` is wrong; do y"
