"""Labels by hand, to test a judge against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from interlab.errors import ParameterError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from interlab_evals.judges.rubric import Rubric


def read_labels(path: Path, rubric: Rubric) -> pd.DataFrame:
    """Read labels from a CSV file.

    Args:
        path: Columns ``episode`` and ``answer``, and ``role`` where the rubric judges roles. Rows without an
            answer are left out.
        rubric: By what was labelled.

    Returns:
        Columns ``unit`` and ``answer``, as :func:`~interlab_evals.judges.labelled_agreement` takes them.

    Raises:
        UnknownNameError: There is no such file.
        ParameterError: A column is missing, or an answer is none of the rubric's.
    """
    if not path.is_file():
        raise UnknownNameError(f"no labels at `{path}`")
    columns = ["episode", "role", "answer"] if rubric.about == "role" else ["episode", "answer"]
    table = pd.read_csv(path, dtype="string")
    if missing := [column for column in columns if column not in table.columns]:
        raise ParameterError(f"`{path}` has no column `{missing[0]}`; it needs {', '.join(columns)}")
    table = table.dropna(subset=["answer"])
    known = _answers(rubric)
    if strange := sorted(set(table["answer"].tolist()) - set(known)):
        raise ParameterError(
            f"`{path}`: invalid answer `{strange[0]}` by `{rubric.name}`: expected one of {', '.join(known)}"
        )
    unit = table["episode"] + " " + table["role"] if rubric.about == "role" else table["episode"]
    return pd.DataFrame({"unit": unit, "answer": table["answer"]})


def _answers(rubric: Rubric) -> list[str]:
    if rubric.choice is not None:
        return list(rubric.choice.options)
    assert rubric.scale is not None, "a rubric has either a choice or a scale"
    return [str(number) for number in range(rubric.scale.least, rubric.scale.most + 1)]
