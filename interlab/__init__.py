"""InterLab: run repeated interactions between agents and record every one as OpenTelemetry spans.

>>> import interlab as il
>>> run = il.run(
...     "prisoners-dilemma",
...     players=["strategy/tit-for-tat", "strategy/defector"],
...     episodes=2,
...     progress=False,
...     out=directory,
... )
>>> run.done
2
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlab import instrumentation as trace
    from interlab.errors import InterLabError
    from interlab.running.api import Interrupted, resume, run
    from interlab.running.run import Execution, Run
    from interlab.running.tree import Node, expand_tree

__all__ = ["Execution", "InterLabError", "Interrupted", "Node", "Run", "expand_tree", "resume", "run", "trace"]

_HOMES = {
    "Execution": "interlab.running.run",
    "InterLabError": "interlab.errors",
    "Interrupted": "interlab.running.api",
    "Node": "interlab.running.tree",
    "Run": "interlab.running.run",
    "expand_tree": "interlab.running.tree",
    "resume": "interlab.running.api",
    "run": "interlab.running.api",
}
_MODULES = {"trace": "interlab.instrumentation"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `interlab.errors` alone costs nothing."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOMES:
        raise AttributeError(f"module `interlab` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names, which completion shows."""
    return sorted(__all__)
