"""The folder through which questions go out and answers come in.

``000007.prompt.md`` is an open question, ``000007.answer.md`` (or ``.txt``) its answer. Once an answer is on record,
both files go to ``answered/``. Numbers are never used again: a late answer is never taken for another question's.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import signal
import stat
import time
from pathlib import Path
from typing import BinaryIO

from evolve.llm.errors import FatalLLMError

QUIET_SECONDS = 1.0
"""An answer is taken when it has not changed for so long: an editor or a download may write it in pieces."""
LONGEST_BYTES = 1_000_000
"""Of an answer that are read; more than any answer of which a program is read."""
ANSWERED = "answered"
_SUFFIXES = (".md", ".txt")
_NUMBERED = re.compile(r"(\d{6,})\.(?:prompt|answer)\.(?:md|txt)")
_Mark = tuple[int, int, int]


class InboxError(FatalLLMError):
    """The folder cannot be used; the message is one sentence."""


def folder_beside(archive: Path, named: str | None) -> Path:
    """The inbox of a campaign: the folder that was named, else ``inbox`` beside its archive."""
    return Path(named) if named else archive.resolve().parent / "inbox"


class InboxFolder:
    """Prompts and answers as files.

    Args:
        path: of the folder; made by :meth:`open`.
        quiet_seconds: an answer is taken when it has not changed for so long.
    """

    def __init__(self, path: Path, quiet_seconds: float = QUIET_SECONDS) -> None:
        self.path = path
        self._quiet = quiet_seconds
        self._lock: int | None = None
        self._seen: dict[Path, tuple[_Mark | None, float]] = {}

    def open(self) -> InboxFolder:
        """Make the folder and keep other campaigns out of it until :meth:`close`.

        Raises:
            InboxError: if it cannot be made or written, or another campaign has it.
        """
        try:
            (self.path / ANSWERED).mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise InboxError(f"{self.path}: cannot be an inbox: {error.strerror}") from None
        try:
            self._take(self._lock)
        except InboxError:
            self.close()
            raise
        return self

    def check(self) -> None:
        """Find what would keep :meth:`open` from it; makes nothing.

        Raises:
            InboxError: as :meth:`open`.
        """
        if self.path.exists():
            with contextlib.suppress(OSError), (self.path / ".lock").open("rb") as lock:
                self._take(lock.fileno())
        there = next(path for path in [self.path, *self.path.parents] if path.exists())
        if not there.is_dir():
            raise InboxError(f"{self.path}: cannot be an inbox: {there} is no folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise InboxError(f"{self.path}: cannot be an inbox: {there} is not writable")

    def _take(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InboxError(f"{self.path}: another campaign uses this inbox now; --inbox names another") from None

    def close(self) -> None:
        """Let other campaigns in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def highest(self) -> int:
        """The highest number of any file in it, 0 if there is none."""
        names = [path.name for folder in (self.path, self.path / ANSWERED) for path in folder.iterdir()]
        return max((int(found[1]) for name in names if (found := _NUMBERED.fullmatch(name))), default=0)

    def ask(self, number: int, text: str) -> None:
        """Put a question there; one that is there already stays.

        Raises:
            InboxError: if it cannot be written.
        """
        if not self._prompt(number).exists():
            self._put(self._prompt(number), text)

    def put_answer(self, number: int, text: str) -> None:
        """Put an answer there.

        Raises:
            InboxError: if it cannot be written or there is one.
        """
        if self.has_answer(number):
            raise InboxError(f"prompt {number:06d} has an answer already")
        self._put(self._answers(number)[0], text)

    def has_answer(self, number: int) -> bool:
        """Whether there is an answer, whole or not, that is not on record yet."""
        return any(path.exists() for path in self._answers(number))

    def _put(self, path: Path, text: str) -> None:
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise InboxError(f"{path}: cannot be written: {error.strerror}") from None

    def answer(self, number: int) -> str | None:
        """The answer to a question once it is whole, else None; to be asked again and again.

        Whole is a file that is not empty, that nobody has open to write to, and that has not changed for a while.
        """
        for path in self._answers(number):
            with contextlib.suppress(OSError), open(path, "rb", opener=_plainly) as file:
                text = self._whole(path, file)
                if text is not None:
                    return text
        return None

    def _whole(self, path: Path, file: BinaryIO) -> str | None:
        """Text of an answer, or None as long as it may not be whole."""
        mark = _mark(file)
        seen, since = self._seen.get(path, (None, 0.0))
        if mark is None or mark != seen:
            self._seen[path] = (mark, time.monotonic())
            return None
        if time.monotonic() - since < self._quiet or _is_being_written(file):
            return None
        text = file.read(LONGEST_BYTES).decode("utf-8-sig", "replace")
        return text if text.strip() and _mark(file) == mark else None

    def put_away(self, number: int) -> None:
        """Move a question and its answer, which is on record, to the folder ``answered``."""
        for path in [self._prompt(number), *self._answers(number)]:
            self._seen.pop(path, None)
            with contextlib.suppress(OSError):  # the record is the archive; a file that cannot be moved does no harm
                path.replace(self.path / ANSWERED / path.name)

    def withdraw(self, number: int) -> None:
        """Take a question back."""
        with contextlib.suppress(OSError):
            self._prompt(number).unlink()

    def _prompt(self, number: int) -> Path:
        return self.path / f"{number:06d}.prompt.md"

    def _answers(self, number: int) -> list[Path]:
        return [self.path / f"{number:06d}.answer{suffix}" for suffix in _SUFFIXES]


def _plainly(path: str, flags: int) -> int:
    """Opens no link, and waits for nobody at a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _mark(file: BinaryIO) -> _Mark | None:
    """What changes when a file is written to; None for what is empty or no file."""
    info = os.fstat(file.fileno())
    return (info.st_ino, info.st_size, info.st_mtime_ns) if stat.S_ISREG(info.st_mode) and info.st_size else None


def _is_being_written(file: BinaryIO) -> bool:
    """Whether somebody has the file open to write to; False where the system does not tell.

    A read lease is given only on a file that nobody has open for writing. Whoever opens it in the instant for which it
    is held waits, and the signal that tells us so is one that does nothing.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
