"""Tables derived from spans and written next to them as Parquet, and evaluation events.

Made a few episodes at a time, so that neither spans nor tables are ever in memory as a whole.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
import pyarrow  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.parquet  # pyright: ignore[reportMissingTypeStubs]

from interlab.errors import RecordError
from interlab.schema import names
from interlab.tracing.evaluation_events import evaluation_events
from interlab.tracing.telemetry import resource
from interlab_evals.frames import FRAMES, FrameName, Row, identity_rows
from interlab_exporters import LogEncoder

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from interlab.running.store import RunDirectory
    from interlab.schema.episode import Episode
    from interlab_exporters.spans import Span

_STAMPS: Final = (
    names.RUN_ID,
    names.SUITE,
    names.SCENARIO,
    names.CONDITION,
    names.EPISODE_ID,
    names.CONVERSATION_ID,
)
_arrow: Final[Any] = pyarrow
_parquet: Final[Any] = pyarrow.parquet
Table = Any
Schema = Any

_ROW_GROUP: Final = 1 << 14
"""Rows that are gathered before they are written."""


def _schema(name: FrameName) -> Schema:
    columns = FRAMES[name].columns
    empty = pd.DataFrame({column: pd.Series(dtype=type_) for column, type_ in columns.items()})
    return _arrow.Schema.from_pandas(empty, preserve_index=False)


_SCHEMAS: Final[dict[FrameName, Schema]] = {name: _schema(name) for name in FRAMES}
_EVENTS: Final = LogEncoder(resource=dict(resource(names.SERVICE).attributes), scope_name=names.SERVICE)


class Derived(NamedTuple):
    """Rows derived from some episodes.

    Attributes:
        tables: The rows of each table.
        events: The evaluation events, OTLP JSON lines.
    """

    tables: dict[FrameName, Table]
    events: bytes


class Deriving:
    """Gathers what episodes give."""

    def __init__(self) -> None:
        self._rows: dict[FrameName, list[Row]] = {name: [] for name in FRAMES}
        self._events: list[bytes] = []

    def add(self, episode: Episode, root: Span) -> None:
        """Add an episode, judged, and its root span, which the events are about."""
        identities = identity_rows(episode)
        for name, rows in self._rows.items():
            rows.extend(FRAMES[name].rows(episode, identities))
        stamps = {key: root.attributes[key] for key in _STAMPS if key in root.attributes}
        events = evaluation_events(
            episode.measurements, trace_id=root.trace_id, span_id=root.span_id, stamps=stamps, time=root.end
        )
        self._events.extend(map(_EVENTS.encode, events))

    def derived(self) -> Derived:
        """Give it all."""
        return Derived({name: _table(name, rows) for name, rows in self._rows.items()}, b"".join(self._events))


def _table(name: FrameName, rows: list[Row]) -> Table:
    schema: Any = _SCHEMAS[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [_arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return _arrow.Table.from_arrays(arrays, schema=schema)


class DerivedFiles:
    """The files of a run's directory that are derived from its spans, while they are rewritten.

    A context manager: each file is replaced once its successor is whole, and none if something fails before.

    Args:
        run: The run; it is locked meanwhile.
    """

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._exit = ExitStack()
        self._tables: dict[FrameName, _TableFile] = {}

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return (*(self._path(name) for name in FRAMES), self._run.evaluations)

    def write(self, derived: Derived) -> None:
        """Append what some more episodes gave.

        Raises:
            RecordError: It cannot be written.
        """
        for name, table in derived.tables.items():
            with _told(self._path(name)):
                self._tables[name].add(table)
        with _told(self._run.evaluations):
            self._events.write(derived.events)

    def __enter__(self) -> Self:
        """Begin.

        Raises:
            UsageError: The run is being executed.
            RecordError: Nothing can be written there.
        """
        with ExitStack() as stack:
            stack.enter_context(self._run.locked())
            for name in FRAMES:
                draft = stack.enter_context(_replacing(self._path(name)))
                self._tables[name] = stack.enter_context(_TableFile(draft, _SCHEMAS[name]))
            draft = stack.enter_context(_replacing(self._run.evaluations))
            self._events = stack.enter_context(draft.open("wb"))
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the new files in place, or throw them away."""
        self._exit.__exit__(kind, error, trace)

    def _path(self, name: FrameName) -> Path:
        return self._run.path / f"{name}.parquet"


class _TableFile:
    """A Parquet file that grows by row groups of some size."""

    def __init__(self, path: Path, schema: Schema) -> None:
        self._writer = _parquet.ParquetWriter(path, schema)
        self._waiting: list[Table] = []

    def add(self, table: Table) -> None:
        self._waiting.append(table)
        if sum(len(each) for each in self._waiting) >= _ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(_arrow.concat_tables(self._waiting))
            self._waiting.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._writer:
            if kind is None:
                self._flush()


@contextmanager
def _replacing(path: Path) -> Generator[Path]:
    """Give the path of a draft that takes the place of ``path`` once it is whole."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        with _told(path):
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except RecordError:
        raise
    except OSError as error:
        raise RecordError(f"`{path}` cannot be written: {error.strerror or error}") from error
