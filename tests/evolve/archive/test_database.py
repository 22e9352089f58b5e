"""Opening the archive: what the file is, who may write, and what survives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Migrations

from evolve.archive import Archive, ArchiveError, database, schema
from evolve.archive.database import APPLICATION_ID, NETWORK_FILESYSTEMS, filesystem_of

NOTE = "INSERT INTO events (campaign_id, at, kind, data) VALUES ('c', 0, 'note', ?)"
WRITER = f"""
import sys
from evolve.archive import Archive
print('ready', flush=True)
sys.stdin.readline()
with Archive(sys.argv[1]) as archive:
    for k in range(int(sys.argv[2])):
        with archive.write() as connection:
            connection.execute({NOTE!r}, (f'{{sys.argv[3]}} {{k}}',))
"""
KILLED = f"""
import os, signal, sys
from evolve.archive import Archive
archive = Archive(sys.argv[1])
with archive.write(durable=True) as connection:
    connection.execute({NOTE!r}, ('committed',))
with archive.write() as connection:
    connection.execute({NOTE!r}, ('cut off',))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evolve.db"


def write(archive: Archive, text: str, *, durable: bool = False) -> None:
    with archive.write(durable=durable) as connection:
        connection.execute(NOTE, (text,))


def notes(archive: Archive) -> list[str]:
    return [row["data"] for row in archive.rows("SELECT data FROM events ORDER BY id")]


def pragma(path: Path, name: str) -> object:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_nothing_is_there_before_the_first_write(path: Path) -> None:
    with Archive(path) as archive:
        assert archive.rows("SELECT * FROM campaigns") == []
        assert archive.row("SELECT * FROM campaigns") is None
        assert not path.exists()
        write(archive, "first")
        assert path.exists()
        assert notes(archive) == ["first"]


def test_one_file_remains_after_closing(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "x")
    assert [p.name for p in path.parent.iterdir()] == ["evolve.db"]


def test_the_file_says_what_it_is(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "x")
    assert pragma(path, "application_id") == APPLICATION_ID == int.from_bytes(b"EVLV", "big")
    assert pragma(path, "journal_mode") == "wal"


def test_migrations_are_recorded_and_applied_once(path: Path) -> None:
    for text in ("one", "two"):
        with Archive(path) as archive:
            write(archive, text)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        recorded = connection.execute("SELECT migration_set, name FROM _sqlite_migrations").fetchall()
    assert len(recorded) == len(set(recorded))
    assert ("evolve", "m001_initial") in recorded
    with Archive(path, create=False) as archive:
        assert notes(archive) == ["one", "two"]


def test_a_migration_cut_off_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(db: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        more = Migrations("evolve")
        more()(schema.m001_initial)
        more()(broken)
        patch.setattr(schema, "migrations", more)
        with Archive(path) as archive, pytest.raises(ArchiveError, match="disk is full"):
            write(archive, "x")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    with Archive(path) as archive:
        write(archive, "later")
        assert notes(archive) == ["later"]


def test_an_archive_of_an_earlier_version_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        earlier = Migrations("evolve")
        for migration in (schema.m001_initial, schema.m002_rcbench, schema.m003_compare, schema.m004_trust):
            earlier()(migration)
        patch.setattr(schema, "migrations", earlier)
        with Archive(path) as archive, archive.write() as connection:
            connection.execute("INSERT INTO campaigns (id) VALUES ('c')")
            connection.executemany(
                "INSERT INTO proposals (id, campaign_id, ordinal, evaluations) VALUES (?, 'c', ?, ?)",
                [("seed", 0, 0), ("one", 1, 1), ("two", 2, 2)],
            )
            connection.executemany(
                "INSERT INTO llm_calls (request_id, attempt, campaign_id, cost_nusd) VALUES ('r', ?, 'c', ?)",
                [(1, 5), (2, None), (3, 6)],
            )
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 4")  # the mark of other migrations than those written now
    with Archive(path) as archive:
        assert [tuple(row) for row in archive.rows("SELECT * FROM campaign_totals")] == [("c", 2, 3, 11)]


def test_an_archive_of_a_later_release_is_left_alone(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "one")
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('evolve', 'm999_later')")
    connection.execute("PRAGMA user_version = 4")
    connection.commit()
    with pytest.raises(ArchiveError, match="was changed by a later release of evolve; use that one"):
        Archive(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    connection.close()


def test_an_archive_that_is_up_to_date_is_opened_without_the_library_of_migrations(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "x")
    program = (
        "import sys; from evolve.archive import Archive\n"
        f"with Archive({str(path)!r}) as archive: archive.rows('SELECT 1 FROM campaigns')\n"
        "assert 'sqlite_utils' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_foreign_keys_are_enforced(path: Path) -> None:
    with Archive(path) as archive:
        with pytest.raises(sqlite3.IntegrityError), archive.write() as connection:
            connection.execute("INSERT INTO parents (proposal_id, candidate_id, position) VALUES ('no', 'no', 0)")
        assert archive.rows("SELECT * FROM parents") == []


def test_an_exception_rolls_back(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "before")
        with pytest.raises(KeyboardInterrupt), archive.write() as connection:
            connection.execute(NOTE, ("lost",))
            raise KeyboardInterrupt
        write(archive, "after")
        assert notes(archive) == ["before", "after"]


def test_what_is_put_off_goes_with_the_next_transaction(path: Path) -> None:
    """First, in its order, and again if that one fails."""
    with Archive(path) as archive:
        for text in ("one", "two"):
            archive.later(lambda connection, text=text: connection.execute(NOTE, (text,)))
        assert notes(archive) == []
        with pytest.raises(ValueError, match="cut"), archive.write() as connection:
            connection.execute(NOTE, ("lost",))
            raise ValueError("cut")
        assert notes(archive) == []
        archive.later(lambda connection: connection.execute(NOTE, ("three",)))
        archive.commit(lambda connection: connection.execute(NOTE, ("four",)))
        write(archive, "five")
        assert notes(archive) == ["one", "two", "three", "four", "five"]


def test_a_durable_write_is_forced_to_the_disk(path: Path) -> None:
    """Full synchronisation for this one only."""
    with Archive(path) as archive:
        write(archive, "ordinary")
        levels = []
        for durable in (True, False):
            with archive.write(durable=durable) as connection:
                levels.append(connection.execute("PRAGMA synchronous").fetchone()[0])
        assert levels == [2, 1]
        with pytest.raises(ValueError, match="cut"), archive.write(durable=True):
            raise ValueError("cut")
        with archive.write() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1


def test_what_was_committed_survives_a_kill(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    with Archive(path, create=False) as archive:
        assert notes(archive) == ["committed"]


def test_two_processes_make_and_write_one_archive(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), "50", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in ("a", "b", "c")
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:  # all at once
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, err = writer.communicate(timeout=60)
        assert writer.returncode == 0, err
    with Archive(path, create=False) as archive:
        found = notes(archive)
    assert len(found) == 150
    for name in ("a", "b", "c"):
        assert [note for note in found if note[0] == name] == [f"{name} {k}" for k in range(50)]


def test_threads_share_one_archive(path: Path) -> None:
    with Archive(path) as archive:
        threads = [threading.Thread(target=lambda k=k: [write(archive, f"{k}") for _ in range(25)]) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(notes(archive)) == 100


def test_coroutines_that_are_ready_share_one_transaction_and_only_what_fails_is_undone(path: Path) -> None:
    def note(text: str, *, fails: bool = False) -> Callable[[sqlite3.Connection], str]:
        def make(connection: sqlite3.Connection) -> str:
            connection.execute(NOTE, (text,))
            if fails:
                raise KeyError(text)
            return text

        return make

    async def three(archive: Archive) -> list[str | BaseException]:
        changes = (note("a"), note("b", fails=True), note("c"))
        return await asyncio.gather(*map(archive.commit_together, changes), return_exceptions=True)

    with Archive(path) as archive:
        archive.commit_later(note("later"))
        statements: list[str] = []
        with archive.write() as connection:
            connection.set_trace_callback(statements.append)
        first, failed, last = asyncio.run(three(archive))
        assert (first, last) == ("a", "c")
        assert isinstance(failed, KeyError)
        assert notes(archive) == ["later", "a", "c"]
        assert sum(statement.startswith("BEGIN") for statement in statements) == 1


def test_a_writer_that_waits_too_long_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Archive(path) as archive, Archive(path) as other:
        write(archive, "x")
        with archive.write(), pytest.raises(ArchiveError, match=r"evolve\.db: is locked by another program"):
            write(other, "y")
        write(other, "z")
        assert notes(archive) == ["x", "z"]


def test_a_file_removed_under_way_is_not_made_anew_by_reading(path: Path) -> None:
    with Archive(path) as archive:
        write(archive, "x")
    path.unlink()
    with pytest.raises(ArchiveError, match="there is no archive"):
        Archive(path, create=False)
    assert not path.exists()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
//server/share /mnt/with\\040space cifs rw 0 0
overlay /home/ann overlay rw 0 0
sshfs#there /home/ann/far fuse.sshfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/var/lib/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/bob", "nfs4"),
        ("/home/local/bob", "xfs"),
        ("/homestead", "ext4"),
        ("/mnt/with space/deep/down", "cifs"),
        ("/home/ann", "overlay"),
        ("/home/ann/far/x", "fuse.sshfs"),
    ],
)
def test_filesystem_of(path: str, kind: str) -> None:
    assert filesystem_of(Path(path), MOUNTS) == kind
    assert (kind in NETWORK_FILESYSTEMS) == (kind in ("nfs4", "cifs", "fuse.sshfs"))


def test_a_later_mount_hides_an_earlier_one() -> None:
    assert filesystem_of(Path("/data"), "a /data ext4 rw 0 0\nb /data nfs rw 0 0\n") == "nfs"
    assert filesystem_of(Path("/data"), "") == ""
    assert filesystem_of(Path("/data"), "a /other ext4 rw 0 0\n") == ""


def test_filesystem_of_this_machine(tmp_path: Path) -> None:
    assert filesystem_of(tmp_path) not in NETWORK_FILESYSTEMS


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_file(make, path: Path) -> None:
    make(path)
    with pytest.raises(ArchiveError, match=r"evolve\.db: is (not a regular file|a folder)"):
        Archive(path)


def test_an_empty_file_becomes_an_archive(path: Path) -> None:
    path.touch()
    with Archive(path) as archive:
        write(archive, "x")
        assert notes(archive) == ["x"]


def test_a_snapshot_is_of_one_moment(path: Path) -> None:
    with Archive(path) as archive, Archive(path) as other:
        write(archive, "before")
        with archive.snapshot():
            assert notes(archive) == ["before"]
            write(other, "beside")
            assert notes(archive) == ["before"]
        write(archive, "after")
        assert notes(archive) == ["before", "beside", "after"]
