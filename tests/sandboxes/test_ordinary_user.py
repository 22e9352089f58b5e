"""The same walls without root: in a user namespace, where no cgroup may be written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 54321
PYTHON = "/usr/bin/python3"

SCRIPT = """
import json, sys
sys.path.insert(0, ".")
sys.path.insert(0, "tests/sandboxes")
from sandboxes import Job, Limits, open_pool
from sandboxes.probe import probe
from sandbox_candidates import ATTACKS, PROGRAM, PWNED, read

found = probe()
result = {"isolation": found.isolation, "network": found.network, "probes": dict(found.probes)}
limits = Limits(cpu_seconds=0.5, wall_seconds=20.0, memory_bytes=64 << 20, processes=8, disk_bytes=8 << 20)
candidates = {
    "echo": "def solve(r):\\n    return r",
    "raises": "def solve(r):\\n    return 1 / 0",
    "cpu": "def solve(r):\\n    while True: pass",
    "memory": "def solve(r):\\n    return b'x' * (200 << 20)",
    "memory_in_processes": "import os, time\\ndef solve(r):\\n    for _ in range(4):\\n"
    "        if os.fork() == 0: break\\n    x = b'x' * (30 << 20)\\n    time.sleep(25)",
    "processes": "import os\\ndef solve(r):\\n    while True: os.fork()",
    "disk": "def solve(r):\\n    open('f', 'wb').write(b'x' * (9 << 20))",
}
with open_pool(slots=1, preload=()) as pool:
    def run(source, limits=limits, simulator=None):
        return pool.run(Job(PROGRAM, {"candidate.py": source.encode()}, (b"abc",), simulator=simulator, limits=limits))
    result["reasons"] = {name: run(source).reason for name, source in candidates.items()}
    online = run(candidates["echo"], simulator="def serve(request, ask):\\n    return ask(request[:1]) * 3\\n")
    result["online"] = [part.decode() for part in online.responses]
    result["pwned"] = []
    for path in ATTACKS:
        source, header = read(path)
        if header["ends"] == "finished":
            outcome = run(source, Limits(cpu_seconds=5, wall_seconds=10))
            if outcome.reason != "finished" or PWNED in outcome.stdout + outcome.stderr:
                result["pwned"].append([path.name, outcome.reason, outcome.stdout, outcome.stderr])
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def seen() -> Iterator[dict]:
    """What an ordinary user sees. Root becomes one, with a copy of the code in a folder everyone may read."""
    folder = Path(tempfile.mkdtemp(prefix="sandbox-user-"))
    folder.chmod(0o755)
    try:
        for part in ("sandboxes", "tests/sandboxes"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*become, PYTHON, "-B", "-c", SCRIPT], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout)
    finally:
        shutil.rmtree(folder)


def test_walls_hold_without_root(seen):
    assert seen["isolation"] == "user"
    assert seen["network"] == "none"
    assert all(seen["probes"].values())
    assert seen["pwned"] == []


def test_every_limit_is_told_apart_without_cgroups(seen):
    assert seen["reasons"] == {
        "echo": "finished",
        "raises": "exited",
        "cpu": "cpu_limit",
        "memory": "memory_limit",
        "memory_in_processes": "memory_limit",
        "processes": "process_limit",
        "disk": "disk_limit",
    }


def test_simulator_works_without_root(seen):
    assert seen["online"] == ["aaa"]
