"""Judge runs: metrics, statistics and tables, computed from the spans.

::

    import interlab_evals as ev

    ev.metrics(run)  # pandas, tidy: one row per measurement
    ev.summarise(run)  # every metric of every player, with its interval
    ev.estimate(ev.metrics(run), "cooperation_rate", by="player")
    ev.compare(ev.metrics(run), "cooperation_rate", by="parameters.talk")
    ev.rank(ev.episodes(run))  # players by wins, with intervals of the ranks
    ev.sfem(ev.choices_of(run))  # which strategies are played, and by how many
    ev.report(run, "paper/")  # all of it as tables, figures and text for a paper
    ev.score(run)  # the summary, and tables written into the run's directory

The public names are listed once, in the stub ``__init__.pyi``, and imported when they are first used: the metrics,
which every run computes, need no pandas.
"""

from typing import Any, Final

import lazy_loader  # pyright: ignore[reportMissingTypeStubs]

_PUBLIC: Final[Any] = lazy_loader
__getattr__, __dir__, __all__ = _PUBLIC.attach_stub(__name__, __file__)
