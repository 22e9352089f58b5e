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
import uuid
from pathlib import Path
from typing import BinaryIO

from evolve.llm.errors import FatalLLMError

QUIET_SECONDS = 1.0
"""An answer is taken when it has not changed for so long: an editor or a download may write it in pieces."""
LONGEST_BYTES = 1_000_000
"""Of an answer: more than any of which a program is read."""
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
        """Put a question there.

        Raises:
            InboxError: if it cannot be written.
        """
        try:
            self._written(self._prompt(number), text).replace(self._prompt(number))
        except OSError as error:
            raise InboxError(f"{self._prompt(number)}: cannot be written: {error.strerror}") from None

    def put_answer(self, number: int, text: str) -> None:
        """Put an answer there, whole, so that it is taken at once.

        Raises:
            InboxError: if it cannot be written or there is one, of whomever and in whatever state.
        """
        refusal = f"prompt {number:06d} has an answer already"
        if self.has_answer(number):
            said = self.trouble(number)
            raise InboxError(f"{refusal}, and {said}: mend it or remove it" if said else refusal)

        part = self._written(self._answers(number)[0], text)
        written = time.time() - 2 * self._quiet
        os.utime(part, (written, written))
        try:
            self._answers(number)[0].hardlink_to(part)  # which never replaces what another has put there meanwhile
        except FileExistsError:
            raise InboxError(refusal) from None
        except OSError as error:
            raise InboxError(f"{self.path}: no answer can be put there: {error.strerror}") from None
        finally:
            part.unlink()

    def has_answer(self, number: int) -> bool:
        """Whether there is an answer, whole or not, that is not on record yet."""
        return any(os.path.lexists(path) for path in self._answers(number))

    def trouble(self, number: int) -> str:
        """Why what is there cannot be taken as it is, in words; empty if nothing is there or it may be taken soon."""
        return next((said for path in self._answers(number) if (said := self._trouble(path))), "")

    def _trouble(self, path: Path) -> str:
        try:
            info = path.lstat()
        except OSError:
            return ""
        if not stat.S_ISREG(info.st_mode):
            return f"{path.name} is no plain file"
        if info.st_size > LONGEST_BYTES:
            return f"{path.name} has {info.st_size} bytes, of at most {LONGEST_BYTES}"
        if time.time() - info.st_mtime < self._quiet:
            return ""  # it is just being made
        try:
            return "" if path.read_bytes().strip() else f"{path.name} is empty"
        except OSError as error:
            return f"{path.name} cannot be read: {error.strerror}"

    def _written(self, path: Path, text: str) -> Path:
        """A file with this text, on the disk, that is to become ``path``."""
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
        try:
            with part.open("x", encoding="utf-8", errors="replace") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise InboxError(f"{path}: cannot be written: {error.strerror}") from None
        return part

    def handed_out(self, number: int) -> float:
        """When a question was last handed to somebody (Unix seconds), 0 if it never was."""
        try:
            return self._handed(number).stat().st_mtime
        except OSError:
            return 0.0

    def hand_out(self, number: int) -> None:
        """Note for all who look here that somebody has the question."""
        with contextlib.suppress(OSError):  # at worst it is handed to two
            self._handed(number).touch()

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
        if mark is None:
            return None
        seen, since = self._seen.get(path, (None, 0.0))
        if mark != seen:
            self._seen[path] = (mark, since := time.monotonic())
        written = _is_being_written(file)
        # Its time alone is trusted only where nobody can be writing: the clock of another machine may have set it.
        quiet = time.monotonic() - since >= self._quiet
        if written or not (quiet or (written is False and time.time() - mark[2] / 1e9 >= self._quiet)):
            return None
        text = file.read(LONGEST_BYTES).decode("utf-8-sig", "replace")
        return text if text.strip() and _mark(file) == mark else None

    def put_away(self, number: int) -> None:
        """Move a question and its answer, which is on record, to the folder ``answered``."""
        with contextlib.suppress(OSError):
            self._handed(number).unlink()
        for path in [self._prompt(number), *self._answers(number)]:
            self._seen.pop(path, None)
            with contextlib.suppress(OSError):  # the record is the archive; a file that cannot be moved does no harm
                path.replace(self.path / ANSWERED / path.name)

    def withdraw(self, number: int) -> None:
        """Take a question back."""
        for path in (self._prompt(number), self._handed(number)):
            with contextlib.suppress(OSError):
                path.unlink()

    def _prompt(self, number: int) -> Path:
        return self.path / f"{number:06d}.prompt.md"

    def _handed(self, number: int) -> Path:
        return self.path / f".{number:06d}.handed-out"

    def _answers(self, number: int) -> list[Path]:
        return [self.path / f"{number:06d}.answer{suffix}" for suffix in _SUFFIXES]


def _plainly(path: str, flags: int) -> int:
    """Opens no link, and waits for nobody at a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _mark(file: BinaryIO) -> _Mark | None:
    """What changes when a file is written to; None for what is empty, too long or no file."""
    info = os.fstat(file.fileno())
    fits = stat.S_ISREG(info.st_mode) and 0 < info.st_size <= LONGEST_BYTES
    return (info.st_ino, info.st_size, info.st_mtime_ns) if fits else None


def _is_being_written(file: BinaryIO) -> bool | None:
    """Whether somebody has the file open to write to; None where the system does not tell.

    A read lease is given only on a file that nobody has open for writing. Whoever opens it in the instant for which it
    is held waits, and the signal that tells us so is one that does nothing.
    """
    try:
        fcntl.fcntl(file, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
