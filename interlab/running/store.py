"""A run on disk: the directory, its ``run.json``, its shards of spans.

Every execution (the first one, and each time the run is resumed) writes a shard of its own, so that nothing is
ever appended to a line that a crash left torn.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import orjson

from interlab.errors import ConfigurationError, RecordError, UnknownNameError, UsageError
from interlab.redaction import HIDDEN
from interlab.schema import names
from interlab_exporters import read_spans

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

Status = Literal["running", "completed", "interrupted", "failed", "budget"]
"""``failed``: something stopped the run; single failed episodes leave it ``completed``."""

FORMAT: Final = 1
"""Version of ``run.json``."""


@dataclass(slots=True)
class Completion:
    """Progress of the episodes of a run.

    Attributes:
        done: Ids of the episodes that succeeded.
        attempts: Episode id -> how many attempts have ended, one way or the other.
    """

    done: set[str] = field(default_factory=set[str])
    attempts: dict[str, int] = field(default_factory=dict[str, int])


class RunDirectory:
    """The directory of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, parent: Path, suite: str) -> RunDirectory:
        """Choose the directory of a new run, named by time and suite; :meth:`make` makes it."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
        return cls(parent / f"{stamp}-{suite}-{secrets.token_hex(2)}")

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Open the directory of a run.

        Raises:
            UnknownNameError: There is no run.
        """
        directory = cls(path)
        if not directory.exists:
            raise UnknownNameError(
                f"`{path}` is not the directory of a run: it has no `run.json`; runs are made in `runs`, "
                "or where `--out` or `INTERLAB_RUNS` says"
            )
        return directory

    def make(self) -> None:
        """Make the directory, unless it is there.

        Raises:
            ConfigurationError: Something is in the way, or nothing can be written there.
        """
        parent = self.path.parent
        try:
            self.spans.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise ConfigurationError(f"`{parent}` is not a directory: choose another with `--out`") from None
        except OSError as error:
            raise ConfigurationError(
                f"nothing can be written to `{parent}` ({error.strerror}): choose another directory with `--out`"
            ) from None

    @property
    def exists(self) -> bool:
        """Return True if the directory holds a run, complete or not."""
        return self._document.is_file()

    @property
    def id(self) -> str:
        """The run's id: the directory's name."""
        return self.path.name

    @property
    def spans(self) -> Path:
        """Directory of the shards."""
        return self.path / "spans"

    @property
    def evaluations(self) -> Path:
        """File of the evaluation events."""
        return self.path / "evaluations.jsonl"

    @property
    def exported(self) -> Path:
        """File that records which spans the endpoints have acknowledged."""
        return self.path / "exported.jsonl"

    @property
    def looks(self) -> Path:
        """File that records the looks at results."""
        return self.path / "looks.jsonl"

    @property
    def _document(self) -> Path:
        return self.path / "run.json"

    @property
    def otlp(self) -> str | None:
        """The endpoint that the latest execution was sent to live, as ``run.json`` has it.

        Raises:
            ConfigurationError: That cannot be read.
            UsageError: The address held a key, which is not stored.
        """
        found = self.read().get("otlp")
        if isinstance(found, str) and HIDDEN in found:
            raise UsageError(
                f"the run was sent to `{found}`, whose key is not stored: give `--otlp` again, or `--no-otlp`"
            )
        return found if isinstance(found, str) else None

    def mend_evaluations(self) -> None:
        """Cut off a line that a crash left torn; the file is derived, `interlab score` writes it again."""
        if self.evaluations.exists():
            content = self.evaluations.read_bytes()
            os.truncate(self.evaluations, content.rfind(b"\n") + 1)

    def new_shard(self) -> Path:
        """The path of a shard that does not exist yet."""
        number = len(list(self.spans.glob("*.jsonl")))
        while (path := self.spans / f"{number:03d}.jsonl").exists():
            number += 1
        return path

    def read(self) -> dict[str, Any]:
        """Read ``run.json``.

        Raises:
            ConfigurationError: It cannot be read.
        """
        path = self._document
        try:
            document = orjson.loads(path.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"`{path}` cannot be read: {error.strerror}") from None
        except orjson.JSONDecodeError as error:
            raise ConfigurationError(f"`{path}` is not valid JSON: {error}") from None
        if not isinstance(document, dict):
            raise ConfigurationError(f"`{path}`: found {type(document).__name__}, expected an object")
        return cast("dict[str, Any]", document)

    def write(self, document: dict[str, Any]) -> None:
        """Write ``run.json`` atomically.

        Raises:
            RecordError: It cannot be written; the old one is still there.
        """
        path = self._document
        draft = path.with_suffix(".json.new")
        try:
            with draft.open("wb") as file:
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise RecordError(f"`{path}` cannot be written: {error.strerror}; make room or rights") from None

    def completion(self) -> Completion:
        """Find out from the spans which episodes are done."""
        completion = Completion()
        if not any(self.spans.glob("*.jsonl")):
            return completion
        for span in read_spans(self.spans):
            attributes = span.attributes
            if names.SCHEMA_VERSION not in attributes:
                continue
            episode = str(attributes[names.EPISODE_ID])
            completion.attempts[episode] = completion.attempts.get(episode, 0) + 1
            if span.status == "OK":
                completion.done.add(episode)
        return completion

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep other processes from executing the same run.

        Raises:
            UsageError: Another process does so now.
            RecordError: The directory cannot be written.
        """
        try:
            lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise RecordError(f"`{self.path}` cannot be written: {error.strerror}") from None
        with lock as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"`{self.path}` is being executed by another process: wait for its end, or interrupt it"
                ) from None
            yield
