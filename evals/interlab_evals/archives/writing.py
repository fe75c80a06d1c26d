"""Archives written."""

from __future__ import annotations

import gzip
import hashlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from interlab.errors import ConfigurationError, UsageError
from interlab.running.store import RunDirectory
from interlab_evals.archives.crate import LICENCES, METADATA, Part, describe
from interlab_evals.archives.secrets import find_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LEFT_OUT: Final = frozenset({".lock", METADATA, "LICENSE.txt"})
_BLOCK: Final = 4 << 20
_SHOWN_SECRETS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """Outcome of writing an archive."""

    path: Path
    files: int
    size: int
    """Bytes."""
    sha256: str


def archive(
    run: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    licence: str = "CC-BY-4.0",
    authors: Sequence[str] = (),
    with_secrets: bool = False,
    replace: bool = False,
) -> Archived:
    """Write a run, with what was derived from it, into one zip file that RO-Crate describes.

    The same run gives the same bytes.

    Args:
        run: The run's directory.
        out: Path of the zip file.
        licence: SPDX identifier of the licence of the data; see :data:`interlab_evals.archives.crate.LICENCES`.
        authors: Names of the people to credit.
        with_secrets: Whether to write the archive although it seems to hold keys or passwords.
        replace: Whether to replace a file that is there.

    Raises:
        UnknownNameError: There is no such run.
        UsageError: The licence is unknown, the file exists, or something looks like a secret.
        ConfigurationError: A file cannot be read or written.
    """
    if licence not in LICENCES:
        raise UsageError(f"unknown licence `{licence}`: expected one of {', '.join(LICENCES)}")
    target = Path(out)
    if target.exists() and not replace:
        raise UsageError(f"`{target}` exists: give another path, or `--replace`")
    directory = RunDirectory.open(Path(run))
    document = directory.read()
    files = _files(directory.path, target)
    if not with_secrets:
        _refuse_secrets(directory.path, files)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    written = datetime.fromisoformat(document.get("ended") or document["created"]).timetuple()[:6]
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            parts = [_add(archive, name, directory.path / name, written) for name in files]
            text = f"{LICENCES[licence][0]}\n{LICENCES[licence][1]}\n".encode()
            parts.append(_add_bytes(archive, "LICENSE.txt", text, written))
            description = describe(document, parts, licence=licence, authors=authors)
            _add_bytes(archive, METADATA, orjson.dumps(description, option=orjson.OPT_INDENT_2), written)
        draft.replace(target)
    except OSError as error:
        raise ConfigurationError(f"cannot write `{target}`: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return Archived(path=target, files=len(parts) + 1, size=target.stat().st_size, sha256=_digest(target))


def _files(directory: Path, target: Path) -> list[str]:
    """Return the paths of what belongs into the archive, relative to the run's directory, in order."""
    return sorted(
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and path.name not in _LEFT_OUT
        and path.resolve() != target.resolve()
        and not path.name.startswith(".")
    )


def _add(archive: zipfile.ZipFile, name: str, path: Path, written: tuple[int, ...]) -> Part:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(_member(name, written), "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            size += len(block)
            target.write(block)
    return Part(name=name, size=size, sha256=digest.hexdigest())


def _add_bytes(archive: zipfile.ZipFile, name: str, content: bytes, written: tuple[int, ...]) -> Part:
    archive.writestr(_member(name, written), content)
    return Part(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _member(name: str, written: tuple[int, ...]) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = written
    member = zipfile.ZipInfo(name, (max(year, 1980), month, day, hour, minute, second))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member


def _refuse_secrets(directory: Path, files: Sequence[str]) -> None:
    found = [
        f"`{name}` line {secret.line}: {secret.kind}"
        for name in files
        for secret in find_secrets(_blocks(directory / name))
    ]
    if found:
        more = f", and {len(found) - _SHOWN_SECRETS} more" if len(found) > _SHOWN_SECRETS else ""
        raise UsageError(
            f"not archived, because this looks secret: {'; '.join(found[:_SHOWN_SECRETS])}{more}; "
            "remove it, or give `--with-secrets` if it is harmless"
        )


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, decompressed."""
    opener = _OPENERS.get(path.suffix, Path.open)
    try:
        with opener(path, "rb") as file:
            while block := file.read(_BLOCK):
                yield bytes(block)
    except (OSError, EOFError, zlib.error) as error:
        raise ConfigurationError(f"cannot read `{path}`: {error}") from None


def _zstd(path: Path, mode: str) -> Any:
    import pyarrow  # pyright: ignore[reportMissingTypeStubs]

    arrow: Any = pyarrow
    return arrow.input_stream(str(path), compression="zstd")


_OPENERS: Final[dict[str, Callable[[Path, str], Any]]] = {".gz": gzip.open, ".zst": _zstd}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
