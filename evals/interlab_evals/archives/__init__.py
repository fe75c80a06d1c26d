"""Archives for a data availability statement: a run with its tables and report in one described zip file.

:func:`archive` writes one, :func:`extracted` opens it again.
"""

from __future__ import annotations

from interlab_evals.archives.opening import extracted, is_archive
from interlab_evals.archives.writing import Archived, archive

__all__ = ["Archived", "archive", "extracted", "is_archive"]
