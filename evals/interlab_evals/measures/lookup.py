"""Metrics by name, ours and other people's, and out of a file."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from interlab import registry
from interlab.errors import ConfigurationError, UnknownNameError
from interlab_evals.measures.declaration import DeclaredMetric

if TYPE_CHECKING:
    from interlab.schema.episode import Metric

_from_files: Final[dict[str, Metric]] = {}
"""The metrics that were loaded out of files, by their own names; found before registered ones."""

_places: Final[dict[str, str]] = {}
"""Sources of the loaded metrics."""


def metric_named(name: str) -> Metric:
    """Find the metric that a name, or the name of one of its components, belongs to.

    Args:
        name: E.g. ``cooperation_rate``, or ``memory_one.cd``, or ``mine.py:void_rounds`` for a metric in a Python
            file, which from then on answers to its own name in this process.

    Raises:
        UnknownNameError: No such metric is registered, or there is no such file or no such name in it.
        ConfigurationError: What is found under the name is not a metric, or the file cannot be imported.
    """
    path, colon, attribute = name.rpartition(":")
    if colon and path.endswith(".py"):
        found = _checked(_load(Path(path), attribute), name, "the file must define a metric under this name")
        _from_files[found.name] = found
        _places[found.name] = f"{Path(path).absolute()}:{attribute}"
        return found
    base = name.partition(".")[0]
    if base in _from_files:
        return _from_files[base]
    return _checked(registry.load("metrics", base), base, "its entry point must name a metric object")


def metrics_from_files() -> list[str]:
    """List the metrics that were loaded out of files, in a form that another process can load them by."""
    return list(_places.values())


def declaration(name: str) -> DeclaredMetric:
    """Find what a metric declares, by its name or the name of one of its components.

    A metric that declares nothing is taken for an unbounded mean of no known unit.

    Raises:
        UnknownNameError: No such metric is registered.
        ConfigurationError: What is registered under the name is not a metric.
    """
    found = metric_named(name)
    if isinstance(found, DeclaredMetric):
        return found
    return DeclaredMetric(
        name=found.name,
        kind="unbounded mean",
        unit="",
        range=(-math.inf, math.inf),
        direction="neutral",
        level="actor",
        undefined="undeclared",
        source="undeclared",
        find=lambda _: {},
    )


def _checked(found: object, name: str, advice: str) -> Metric:
    if not callable(getattr(found, "measure", None)):
        raise ConfigurationError(f"metric `{name}` has no method `measure`; {advice}")
    return cast("Metric", found)


def _load(path: Path, attribute: str) -> object:
    if not path.is_file():
        raise UnknownNameError(f"no file `{path}`; give a metric of your own as FILE.py:NAME")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None, "a path that ends in .py has a loader"
    assert spec.loader is not None, "a path that ends in .py has a loader"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, NameError) as error:
        raise ConfigurationError(f"`{path}` cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        known = [name for name, each in vars(module).items() if isinstance(each, DeclaredMetric)]
        raise UnknownNameError(
            f"no metric is called `{attribute}` in `{path}`; {registry.suggestion(attribute, known)}"
        )
    return getattr(module, attribute)
