"""Opening the archive: one file, WAL, one writer lock, and a plain sentence for whatever is wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from evolve.imports import without

NETWORK_FILESYSTEMS = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs ncpfs afs 9p ceph lustre gpfs glusterfs beegfs ocfs2 gfs2 orangefs davfs "
    "fuse.sshfs fuse.glusterfs fuse.cephfs fuse.davfs2 fuse.rclone fuse.s3fs fuse.smbnetfs".split()
)
APPLICATION_ID = 0x45564C56  # "EVLV": tells our files from other programs' databases
BUSY_SECONDS = 10.0
_TURNS = 4
"""Of the event loop: an answer that has arrived takes some until it waits to be committed. With 64 calls under way and
answers at once, four make of 96 flushes 38, and a fifth and further ones hardly fewer."""
T = TypeVar("T")


def _schema_version() -> int:
    """Of the migrations as they are written; an archive that bears it needs none, nor the library they are written for.

    To import that takes a quarter of the time of a whole command.
    """
    return zlib.crc32(Path(__file__).with_name("schema.py").read_bytes()) & 0x7FFF_FFFF


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait for another process that is just doing the same."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


class ArchiveError(RuntimeError):
    """The archive cannot be used; the message is one sentence."""


@dataclass(slots=True)
class _Change(Generic[T]):
    """A change that waits to be committed together with others."""

    make: Callable[[sqlite3.Connection], T]
    later: bool = False
    done: bool = False
    result: T | None = None
    error: BaseException | None = None


def filesystem_of(path: Path, mounts: str | None = None) -> str:
    """Type of the filesystem that holds ``path`` (empty if unknown).

    Args:
        path: an absolute path.
        mounts: text in the format of ``/proc/self/mounts``; the real one if None.
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8")
        except OSError:
            return ""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


class Archive:
    """One SQLite file. All access goes through one connection under a lock; commits are what makes things durable."""

    def __init__(self, path: Path | str, *, create: bool = True) -> None:
        """Open the archive; a new one comes into being with the first thing written to it.

        Args:
            path: of the file.
            create: False refuses a file that does not exist.

        Raises:
            ArchiveError: saying in one sentence why it cannot be used.
        """
        self.path = Path(path)
        self._lock = threading.RLock()
        self._waiting: list[_Change[Any]] = []
        self._put_off: deque[Callable[[sqlite3.Connection], object]] = deque()
        self._waiting_lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            there = self._check(create)
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be used: {error.strerror}") from None
        if there:
            self._connection = self._connect()

    def _is_there(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def _check(self, create: bool) -> bool:
        path = self.path
        if path.is_dir():
            raise ArchiveError(f"{path}: is a folder; --archive names a file, such as evolve.db")
        if path.exists() and not path.is_file():
            raise ArchiveError(f"{path}: is not a regular file; --archive names one, such as evolve.db")
        exists = self._is_there()
        if not exists and not create:
            raise ArchiveError(f"{path}: there is no archive; `evolve run` makes one, --archive names another")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise ArchiveError(f"{path}: the folder {folder} does not exist")
        kind = filesystem_of(folder)
        if kind in NETWORK_FILESYSTEMS:
            raise ArchiveError(f"{path}: lies on a network filesystem ({kind}), where SQLite's locks cannot be trusted")
        if not exists and not os.access(folder, os.W_OK):
            raise ArchiveError(f"{path}: the folder {folder} is not writable")
        if exists and not os.access(path, os.R_OK | os.W_OK):
            raise ArchiveError(f"{path}: is not readable and writable for this user")
        return exists

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = None
        try:
            connection = self._open()
            self._prepare(connection)
            return connection
        except (sqlite3.Error, ArchiveError) as error:
            if connection is not None:
                connection.close()
            if isinstance(error, ArchiveError):
                raise
            if "not a database" in str(error):
                raise ArchiveError(f"{self.path}: is not an evolve archive (not a SQLite database)") from None
            raise ArchiveError(self._explain(error)) from None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        (found,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if found != APPLICATION_ID and tables:
            raise ArchiveError(f"{self.path}: is a SQLite database of another program, not an evolve archive")
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if found != APPLICATION_ID or version != _schema_version():
            self._migrate(connection)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        with without("pandas"):  # 25 MB, and a third of a second
            from sqlite_utils import Database

            from evolve.archive.schema import migrations

        database = Database(connection)
        ours = {one.name for one in migrations.pending(Database(memory=True))}
        if any(one.name not in ours for one in migrations.applied(database)):
            raise ArchiveError(f"{self.path}: was changed by a later release of evolve; use that one")
        if migrations.pending(database):
            # Another process may be making the same archive: the second one in finds nothing left to do.
            connection.execute("BEGIN IMMEDIATE")
            with database.atomic():
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                migrations.apply(database)
            connection.execute("COMMIT")
        connection.execute(f"PRAGMA user_version = {_schema_version()}")

    def _explain(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return f"{self.path}: is locked by another program; close that one or name another file with --archive"
        if "readonly" in text:
            return f"{self.path}: is not writable"
        if "malformed" in text:
            return f"{self.path}: is damaged ({text})"
        if "disk" in text or "full" in text:
            return f"{self.path}: the disk is full or failing ({text})"
        return f"{self.path}: cannot be opened ({text})"

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: committed on exit, rolled back on an exception. What :meth:`later` put off goes first.

        Args:
            durable: also force it to the disk (survives a power cut, not only a killed process); for what was paid.

        Raises:
            ArchiveError: if it cannot be written.
        """
        with self._lock:
            connection = self._connection = self._connection or self._connect()
            try:
                if durable:
                    connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise ArchiveError(self._explain(error)) from None
            put_off: list[Callable[[sqlite3.Connection], object]] = []
            try:
                while self._put_off:
                    put_off.append(self._put_off.popleft())
                    put_off[-1](connection)
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                self._put_off.extendleft(reversed(put_off))
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError):
                    raise ArchiveError(self._explain(error)) from error
                raise
            finally:
                if durable:
                    connection.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is of one moment, whatever others write; nothing can be written inside."""
        self.rows("BEGIN")
        try:
            yield
        finally:
            self.rows("ROLLBACK")

    def later(self, make: Callable[[sqlite3.Connection], object]) -> None:
        """Make a change at the beginning of the next transaction, whoever's that is; until then nobody reads it.

        For what can be had again for nothing if it is lost, and need not be read before something is written that
        builds on it: a transaction of its own would cost more than all there is to write.

        Args:
            make: makes the change on the connection it is given; made again if that transaction fails.
        """
        self._put_off.append(make)

    def commit(self, make: Callable[[sqlite3.Connection], T]) -> T:
        """Make a change durable; what it returns.

        Changes of several threads that come while another is being forced to the disk share one transaction: a flush
        takes milliseconds, and dozens of calls may be under way.

        Args:
            make: makes the change on the connection it is given. If it raises, only its own change is undone; those
                made along with it are undone and made once more.

        Raises:
            ArchiveError: if it cannot be written.
        """
        change: _Change[T] = self._put_in_line(_Change(make))
        return self._committed(change)

    async def commit_together(self, make: Callable[[sqlite3.Connection], T]) -> T:
        """:meth:`commit` for a coroutine; the changes of all that are ready at this moment share one transaction.

        It is made on the event loop's own thread. On another, each statement would wait for the interpreter's lock, for
        up to its switch interval (5 ms), since it lets go of the lock while SQLite works.

        Args:
            make: as for :meth:`commit`.

        Raises:
            ArchiveError: if it cannot be written.
        """
        change: _Change[T] = self._put_in_line(_Change(make))
        for _ in range(_TURNS):  # the others that are ready get in line
            await asyncio.sleep(0)
        return self._committed(change)

    def commit_later(self, make: Callable[[sqlite3.Connection], object]) -> None:
        """Make a change along with the next :meth:`commit`, of whichever thread; it must be one that can be made again.

        If it fails, that commit raises.
        """
        self._put_in_line(_Change(make, later=True))

    def _put_in_line(self, change: _Change[T]) -> _Change[T]:
        with self._waiting_lock:
            self._waiting.append(change)
        return change

    def _committed(self, change: _Change[T]) -> T:
        with self._lock:  # whoever comes first commits for all that wait by then; the others find it done
            if not change.done:
                with self._waiting_lock:
                    together, self._waiting = self._waiting, []
                self._commit_together(together)
        if change.error is not None:
            raise change.error
        return change.result  # type: ignore[return-value]  # what `make` returned

    def _commit_together(self, changes: Sequence[_Change[Any]]) -> None:
        try:
            with self.write(durable=True) as connection:
                connection.execute("SAVEPOINT all_of_them")
                try:
                    for change in changes:
                        change.result = change.make(connection)
                except Exception:
                    connection.execute("ROLLBACK TO all_of_them")
                    self._one_by_one(connection, changes)
        except BaseException as error:
            for change in changes:
                change.error = change.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            for change in changes:
                change.done = True
        for change in changes:
            if change.later and change.error is not None:
                raise change.error

    @staticmethod
    def _one_by_one(connection: sqlite3.Connection, changes: Sequence[_Change[Any]]) -> None:
        for change in changes:
            connection.execute("SAVEPOINT one")
            try:
                change.result = change.make(connection)
            except Exception as error:
                connection.execute("ROLLBACK TO one")
                change.error = error
            connection.execute("RELEASE one")

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            cursor = self._query(sql, parameters)
            try:
                return cursor.fetchall() if cursor else []
            except sqlite3.DatabaseError as error:
                raise ArchiveError(self._explain(error)) from error

    def row(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock:
            cursor = self._query(sql, parameters)
            found: sqlite3.Row | None = cursor.fetchone() if cursor else None
            return found

    def _query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> sqlite3.Cursor | None:
        """None as long as there is no file: reading makes none."""
        if self._connection is None:
            if not self._is_there():
                return None
            self._connection = self._connect()
        try:
            return self._connection.execute(sql, parameters)
        except sqlite3.DatabaseError as error:
            raise ArchiveError(self._explain(error)) from error

    def close(self) -> None:
        """Checkpoint and close."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
