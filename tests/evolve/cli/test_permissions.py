"""What may not be read or written gets a sentence too; the superuser is made to obey permissions for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_running import ONLINE, spawn

# Without capabilities the superuser is held to permissions like anyone else, and can still read this checkout.
PREFIX = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
GOOD = "def priority(p, wait, t, jobs, work):\n    return p\n"


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("shut/", ("eval", ONLINE, "x.py", "--archive", "shut/evolve.db"), ("shut/evolve.db", "not writable")),
        ("shut/", ("new", "shut/mine"), ("shut/mine", "cannot be made", "Permission denied")),
        ("secret.py", ("eval", ONLINE, "secret.py"), ("secret.py", "Permission denied")),
        ("secret.toml", ("run", "secret.toml"), ("secret.toml", "Permission denied")),
        ("evolve.db", ("archive", "list"), ("evolve.db", "not readable and writable")),
    ],
    ids=["folder of the archive", "folder of a new problem", "source", "campaign file", "archive"],
)
def test_permission_denied(name: str, arguments: tuple[str, ...], says: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(GOOD)
    path = tmp_path / name
    if name.endswith("/"):
        path.mkdir(mode=0o555)
    else:
        path.write_text(GOOD)
        path.chmod(0o000)
    before = sorted(tmp_path.rglob("*"))
    ran = spawn(*arguments, cwd=tmp_path, prefix=PREFIX)
    assert ran.code == 2, ran
    assert ran.err.startswith("evolve: ") and ran.err.count("\n") == 1
    for word in says:
        assert word in ran.err
    assert sorted(tmp_path.rglob("*")) == before


def test_network_filesystem(evolve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("evolve.archive.database.filesystem_of", lambda folder: "nfs4")
    ran = evolve("run", ONLINE, "--evaluations", "5")
    assert ran.code == 2
    assert ran.err.startswith("evolve: evolve.db: lies on a network filesystem (nfs4)")
    assert list(tmp_path.iterdir()) == []
