"""The archive for who only looks: a connection that cannot write, beside the campaigns that do."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evolve.archive.database import APPLICATION_ID, BUSY_SECONDS, Archive, ArchiveError


class ReadOnlyArchive(Archive):
    """An archive that is only read: SQLite itself refuses every change."""

    def __init__(self, path: Path | str) -> None:
        """Open one that exists; of an earlier release, it is brought up to date first, as by every verb.

        Args:
            path: of the file.

        Raises:
            ArchiveError: saying in one sentence why it cannot be used.
        """
        self._file: tuple[int, int] | None = None
        self._times_opened = 0
        Archive(path, create=False).close()
        super().__init__(path, create=False)

    def _query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> sqlite3.Cursor | None:
        """Of the file that has the name now: a connection goes on with the one it opened, whatever became of that."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise ArchiveError(f"{self.path}: cannot be read any more: {error.strerror}") from None
        if (found.st_dev, found.st_ino) != self._file:
            self.close()
            self._connection = None
            Archive(self.path, create=False).close()
            self._connection = self._connect()
        return super()._query(sql, parameters)

    def _open(self) -> sqlite3.Connection:
        found = self.path.stat()
        self._file = found.st_dev, found.st_ino
        self._times_opened += 1
        return sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None,
            check_same_thread=False,
        )  # fmt: skip

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        (found,) = connection.execute("PRAGMA application_id").fetchone()
        if found != APPLICATION_ID:
            raise ArchiveError(f"{self.path}: is not an evolve archive")
        connection.execute("PRAGMA query_only = ON")

    def changes(self) -> int:
        """A number that is another one as soon as another connection has committed something; costs microseconds."""
        row = self.row("PRAGMA data_version")
        assert row is not None
        return (self._times_opened << 32) + int(row[0])
