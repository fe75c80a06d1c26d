"""Labels by hand, to test a judge against."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pandas as pd

from interlab.errors import ConfigurationError, ParameterError, UnknownNameError

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
    table = _read(path, columns)
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


def _read(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a CSV file as texts.

    Raises:
        ConfigurationError: It cannot be read, is not UTF-8 text, or is not CSV; the message names the place.
    """
    expected = f"expected CSV with the columns {', '.join(columns)}"
    try:
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode()
    except OSError as error:
        raise ConfigurationError(f"labels `{path}` cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"found byte 0x{error.object[error.start]:02x}"
        raise ConfigurationError(f"labels `{path}` line {line}: {found}, expected UTF-8 text") from None
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row and rows and len(row) != len(rows[0]):
                found = f"found {len(row)} fields, expected {len(rows[0])} as in the first line"
                raise ConfigurationError(f"labels `{path}` line {reader.line_num}: {found}")
            rows += [row] if row else []
    except csv.Error as error:
        raise ConfigurationError(f"labels `{path}` line {reader.line_num}: {error}; {expected}") from None
    if not rows:
        raise ConfigurationError(f"labels `{path}`: found nothing, {expected}")
    header, *rest = rows
    if len(set(header)) < len(header):
        raise ConfigurationError(f"labels `{path}` line 1: a column appears twice; {expected}")
    table = pd.DataFrame(rest, columns=pd.Index(header), dtype="string")
    return table.mask(table == "")


def _answers(rubric: Rubric) -> list[str]:
    if rubric.choice is not None:
        return list(rubric.choice.options)
    assert rubric.scale is not None, "a rubric has either a choice or a scale"
    return [str(number) for number in range(rubric.scale.least, rubric.scale.most + 1)]
