"""Help is instant: nothing heavy is imported for it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from cli_running import command, environment

HEAVY = ("litellm", "langgraph", "numpy", "deap", "sqlite_utils", "openai", "docker", "jinja2", "mcp", "sqlite3")
ALLOWED_SECONDS = 0.3
ARCHIVE_VERBS = ("list", "show", "best", "diff", "lineage", "export", "verify")


def cpu_seconds(*arguments: str, cwd: Path) -> float:
    """User and system time of one run: the wall clock of a busy machine says nothing."""
    process = subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def test_help_takes_little_time(tmp_path: Path) -> None:
    seconds = [cpu_seconds("--help", cwd=tmp_path) for _ in range(6)]
    assert statistics.median(seconds[1:]) <= ALLOWED_SECONDS  # the first one may have to write bytecode


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["run", "--help"], ["compare", "--help"], ["mcp", "--help"], ["archive", "--help"]],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    program = (
        f"import sys; sys.argv = ['evolve', *{arguments!r}]\n"
        "from evolve.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert "Usage: evolve" in done.stdout
    assert not set(HEAVY) & set(done.stderr.split())


def test_no_verb_shows_the_help(evolve) -> None:
    ran = evolve()
    assert ran.code == 2
    assert "Usage: evolve" in ran.err + ran.out


@pytest.mark.parametrize(
    "verb",
    ["doctor", "problems", "eval", "run", "resume", "compare", "new", *[f"archive {v}" for v in ARCHIVE_VERBS]],
)  # fmt: skip
def test_every_verb_has_json(verb: str, evolve) -> None:
    ran = evolve(*verb.split(), "--help")
    assert ran.code == 0
    assert "--json" in ran.out
