"""Running the command in a process of its own, and how it ended."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ONLINE = "scheduling/online-flow-time"
TARDINESS = "scheduling/single-machine-tardiness"
NOT_OURS = ("EVOLVE_", "OPENAI_", "ANTHROPIC_", "LITELLM_", "COLUMNS", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """Ours without what could change an answer."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(NOT_OURS)}
    return {**kept, "COLUMNS": "100", **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "evolve", *arguments]


def spawn(*arguments: str, cwd: Path, prefix: tuple[str, ...] = (), **more: str) -> Ran:
    """Run the command in a process of its own."""
    done = subprocess.run(
        [*prefix, *command(*arguments)], cwd=cwd, env=environment(**more), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def on_a_terminal(*words: str, cwd: Path) -> str:
    """What a command prints on a terminal of its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(words, cwd=cwd, env=environment(TERM="xterm"), stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    printed = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the last writer has gone
            break
        if not piece:
            break
        printed += piece
    os.close(master)
    assert process.wait(timeout=60) == 0
    return printed.decode("utf-8")


@dataclass(frozen=True)
class Finished:
    """A campaign on a problem of one's own that has come to its end."""

    folder: Path
    archive: Path
    ran: Ran
    document: dict[str, Any]
