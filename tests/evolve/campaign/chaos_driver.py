"""Drivers to be plagued: each is the command itself, begun or resumed, in a fork of a process that has it imported.

What a driver prints goes to ``driver.log``; its exit code, if it lives to have one, to ``endings``.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import langgraph.graph  # noqa: F401 - imported here so that no driver has to
import numpy  # noqa: F401

import evolve.campaign.session
import evolve.proposers.llm  # noqa: F401
from evolve.cli.main import main
from tests.support.killed_processes import fork_drivers


def begun(archive: Path) -> bool:
    """Whether there is a campaign to resume."""
    try:
        connection = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
        try:
            return connection.execute("SELECT 1 FROM campaigns").fetchone() is not None
        finally:
            connection.close()
    except sqlite3.OperationalError:  # no file, or no table in it yet
        return False


def drive(folder: Path, archive: Path) -> None:
    """One driver, from its start to its end."""
    os.chdir(folder)
    log = os.open("driver.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    words = ["resume"] if begun(archive) else ["run", "campaign.toml"]
    sys.argv = ["evolve", *words, "--plain", "--archive", str(archive)]
    try:
        main()
    except SystemExit as ended:
        with Path("endings").open("a", encoding="utf-8") as endings:
            endings.write(f"{ended.code}\n")


if __name__ == "__main__":
    given = [Path(word) for word in sys.argv[1:]]
    fork_drivers(lambda: drive(*given))
