"""Reports: the tables, figures and texts of one or many runs, as files that go into a paper.

::

    import interlab_evals as ev

    ev.report([run], "paper/")

:mod:`~interlab_evals.reports.content` decides what a report holds and computes nothing itself: every number comes
from the functions that `interlab score`, `compare` and `estimate` use. The other modules write it: Markdown, one
HTML page, LaTeX, CSV of every table, PDF, SVG and PNG of every figure.
"""

from __future__ import annotations

from interlab_evals.reports.content import Report, Section, compose
from interlab_evals.reports.writing import Written, report

__all__ = ["Report", "Section", "Written", "compose", "report"]
