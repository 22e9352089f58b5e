"""Processes to be killed: a scripted server that outlives them, and drivers forked off one process.

The process that drivers are forked off has the client's library imported, which takes seconds. For every line on its
standard input it forks one and prints its process id; what a driver that lives to the end prints comes after that.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evolve.llm import transport

ROOT = Path(__file__).resolve().parents[2]
MODEL = "openai/scripted"


def start(*arguments: object) -> subprocess.Popen[str]:
    """A Python process with these arguments, whose standard streams are pipes."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def start_server(script: Path, log: Path) -> tuple[subprocess.Popen[str], str]:
    """The scripted server as a process of its own, and its base URL."""
    server = start("-m", "tests.support.openai_server", "--script", script, "--log", log)
    assert server.stdout is not None
    return server, f"http://127.0.0.1:{int(server.stdout.readline())}/v1"


def requests(log: Path) -> list[dict[str, Any]]:
    """What the server has logged so far."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def fork(drivers: subprocess.Popen[str]) -> int:
    """Start one more driver; its process id."""
    assert drivers.stdin is not None and drivers.stdout is not None
    drivers.stdin.write("\n")
    drivers.stdin.flush()
    return int(drivers.stdout.readline())


def fork_drivers(drive: Callable[[], None]) -> None:
    """In the drivers' process: run ``drive`` in a fork for every line on standard input."""
    nowhere = transport.endpoint(MODEL, "http://127.0.0.1:9/v1", None)
    with contextlib.suppress(transport.AttemptError):
        asyncio.run(transport.send(nowhere, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "none", 1.0))
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            drive()
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
