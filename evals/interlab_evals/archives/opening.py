"""Archives opened again."""

from __future__ import annotations

import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from interlab.errors import ConfigurationError

_LARGEST: Final = 64 << 30
"""Bytes; the free space of the disk bounds as well."""


def is_archive(path: Path) -> bool:
    """Return whether a path is a zip file."""
    return path.is_file() and zipfile.is_zipfile(path)


def extracted(path: Path) -> Path:
    """Unpack an archive into a temporary directory, which goes when the process ends.

    Args:
        path: A zip file with a run at its top, as :func:`interlab_evals.archives.archive` writes it.

    Returns:
        The directory.

    Raises:
        ConfigurationError: The file is damaged, holds no run, or would write outside of its directory.
    """
    status = path.stat()
    return _extracted(path.resolve(), status.st_mtime_ns, status.st_size).path


class _Extracted:
    """A temporary directory with the content of an archive."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="interlab-archive-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@cache
def _extracted(path: Path, changed: int, size: int) -> _Extracted:
    found = _Extracted()
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check(path, members)
            archive.extractall(found.path, [each for each in members if not each.is_dir()])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError) as error:
        raise ConfigurationError(f"cannot open the archive `{path}`: {error}") from None
    return found


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if not any(each.filename == "run.json" or each.filename.startswith("spans/") for each in members):
        raise ConfigurationError(f"`{path}` holds no run: expected `run.json` and `spans/` at its top")
    total = sum(each.file_size for each in members)
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if total > min(_LARGEST, free):
        raise ConfigurationError(
            f"`{path}` unpacks to {total:,} bytes, and {free:,} are free in `{tempfile.gettempdir()}`"
        )
    for each in members:
        name = PurePosixPath(each.filename)
        if name.is_absolute() or ".." in name.parts or stat.S_ISLNK(each.external_attr >> 16):
            raise ConfigurationError(f"`{path}` holds `{each.filename}`, which would be written elsewhere")
