"""`evolve ui` in a process of its own, as a person starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(archive: Path, *options: str) -> Iterator[str]:
    """The address it prints; at the end it is stopped as by Ctrl-C, and must end by itself, without a traceback."""
    command = [sys.executable, "-m", "evolve", "ui", "--archive", str(archive), "--port", "0", "--no-browser", *options]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=archive.parent, env=dict(os.environ)
    ) as server:
        try:
            assert server.stderr is not None
            said = server.stderr.readline()
            assert said.startswith("evolve: http://"), said + server.stderr.read()
            yield said.split()[1]
        finally:
            server.send_signal(signal.SIGINT)
            try:
                code = server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                raise
        more = server.stderr.read()
        assert code == 0, more
        assert "Traceback" not in more, more
