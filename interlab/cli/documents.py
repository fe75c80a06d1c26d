"""Spans as one JSON document: to a file that appears whole, or to standard output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from interlab.console import say, write
from interlab.errors import RecordError
from interlab.escaping import json_escaped
from interlab_exporters import Span, document_parts
from interlab_exporters.bounding import bound_span

_STANDARD_OUTPUT: Final = Path("-")


def default_path(run: Path) -> Path:
    """Return the default path of the document of a run, or of a file of spans.

    Never among the shards of a run: a reader of those would read the copies too.
    """
    if run.is_dir():
        return run / "otlp.json"
    shard = run.absolute()
    beside = shard.parents[1] if shard.parent.name == "spans" else run.parent
    return beside / f"{run.name.partition('.')[0]}.otlp.json"


def write_document(spans: Iterable[Span], out: Path, *, bound: int | None) -> None:
    """Write spans, as many in memory at once as make a part of a document.

    Args:
        spans: What to write.
        out: The file, or ``-``.
        bound: Cut attributes longer than this many bytes; None cuts none.

    Raises:
        RecordError: The file cannot be written; one that was there before still is.
    """
    if bound is not None:
        spans = (bound_span(span, bound) for span in spans)
    if out == _STANDARD_OUTPUT:
        for part in document_parts(spans):
            write(json_escaped(part.decode()))
        return
    draft = out.with_name(f"{out.name}.new")
    try:
        with draft.open("wb") as file:
            for part in document_parts(spans):
                file.write(part)
        draft.replace(out)
    except OSError as error:
        raise RecordError(f"`{out}` cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    say(str(out))
