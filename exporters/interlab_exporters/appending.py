"""A file that only grows, by whole lines, and that says so when it cannot."""

from __future__ import annotations

import errno
import os
import threading
import weakref
from pathlib import Path
from typing import Final

from interlab.errors import RecordError

_ADVICE: Final = {
    errno.ENOSPC: "disk full: free some space, then resume",
    errno.EDQUOT: "disk quota used up: free some space, then resume",
    errno.EFBIG: "file too large for this file system or limit: raise the limit, then resume",
    errno.EACCES: "permission denied: choose a directory that you may write to",
    errno.EROFS: "the file system is read-only: choose another directory",
}


class AppendedFile:
    """A file of lines, appended to with one system call each.

    A line that :meth:`append` returned from is in the operating system's hands: it survives the end of this
    process, however it ends. :meth:`sync` makes it survive the end of the machine.

    A line that does not fit (the disk is full) is cut off again, so that the file holds whole lines only;
    that is done only while no other process writes to the file. Threads may share it. A forked child may go on
    appending whole lines, but then neither side cuts.

    Args:
        path: Where; missing directories are made.

    Raises:
        RecordError: The file cannot be opened, or ends in the middle of a line.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: Final = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise self._failure("cannot be opened", error) from error
        self._length = os.fstat(self._descriptor).st_size
        self._lock = threading.Lock()
        self._refuse_torn_end()
        _renew_lock_after_fork(self)

    def append(self, line: bytes) -> None:
        r"""Append one line, or several.

        Args:
            line: The bytes, their final ``\n`` included.

        Raises:
            RecordError: It could not be written; the file holds what it held before.
        """
        with self._lock:
            try:
                written = os.write(self._descriptor, line)
                if written != len(line):
                    self._append_rest(line, written)
            except OSError as error:
                raise self._failure("cannot be written", error) from error
            self._length += len(line)

    def sync(self) -> None:
        """Wait until what was appended is on the disk itself.

        Raises:
            RecordError: The disk did not take it.
        """
        with self._lock:
            if self._descriptor < 0:
                return
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                if error.errno not in {errno.EINVAL, errno.EROFS}:  # a pipe or a device: nothing to wait for
                    raise self._failure("cannot be synced", error) from error

    def close(self) -> None:
        """Close the file; whatever is appended afterwards raises. Closing twice does nothing."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)

    def renew_lock(self) -> None:
        """Take a separate lock, as a forked child must: another thread may have held this one."""
        self._lock = threading.Lock()

    def _append_rest(self, line: bytes, written: int) -> None:
        """Append what a short write left over, or cut the beginning of the line off again."""
        done = written
        try:
            while done < len(line):
                done += os.write(self._descriptor, line[done:])
        except OSError:
            if os.fstat(self._descriptor).st_size == self._length + done:
                os.ftruncate(self._descriptor, self._length)
            raise

    def _refuse_torn_end(self) -> None:
        if self._length and os.pread(self._descriptor, 1, self._length - 1) != b"\n":
            self.close()
            raise RecordError(
                f"`{self.path}` ends in the middle of a line, which an earlier process left there; "
                "write to another file, readers skip that line"
            )

    def _failure(self, what: str, error: OSError) -> RecordError:
        if error.errno == errno.EBADF:
            return RecordError(f"`{self.path}` {what}: it has been closed")
        reason = _ADVICE.get(error.errno or 0) or error.strerror or str(error)
        return RecordError(f"`{self.path}` {what}: {reason}")


def _renew_lock_after_fork(file: AppendedFile) -> None:
    reference = weakref.WeakMethod(file.renew_lock)

    def renew() -> None:
        if (method := reference()) is not None:
            method()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)
