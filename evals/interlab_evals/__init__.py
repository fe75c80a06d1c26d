"""Judge runs: metrics, statistics and tables, computed from the spans.

::

    import interlab_evals as ev

    ev.metrics(run)  # pandas, tidy: one row per measurement
    ev.summarise(run)  # every metric of every player, with its interval
    ev.score(run)  # the same, written beside the spans

Names are imported when they are first asked for: the metrics, which every run computes, need no pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from interlab_evals.frames import calls, episodes, metrics, turns
    from interlab_evals.measures.declaration import Count, DeclaredMetric, metric
    from interlab_evals.measures.lookup import metric_named
    from interlab_evals.records import Record, read
    from interlab_evals.results import Summary
    from interlab_evals.scoring import Score, score
    from interlab_evals.statistics import Estimate, estimate
    from interlab_evals.summary import summarise

__all__ = [
    "Count",
    "DeclaredMetric",
    "Estimate",
    "Record",
    "Score",
    "Summary",
    "calls",
    "episodes",
    "estimate",
    "metric",
    "metric_named",
    "metrics",
    "read",
    "score",
    "summarise",
    "turns",
]

_HOMES: Final = {
    "Count": "measures.declaration",
    "DeclaredMetric": "measures.declaration",
    "Estimate": "statistics",
    "Record": "records",
    "Score": "scoring",
    "Summary": "results",
    "calls": "frames",
    "episodes": "frames",
    "estimate": "statistics",
    "metric": "measures.declaration",
    "metric_named": "measures.lookup",
    "metrics": "frames",
    "read": "records",
    "score": "scoring",
    "summarise": "summary",
    "turns": "frames",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
