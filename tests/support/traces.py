"""What the sandboxes of this process have on the machine: nothing once they are closed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import docker

from sandboxes.cgroups import PREFIX, hierarchies
from sandboxes.docker_container import PROCESS_LABEL, labels
from sandboxes.docker_socket import answers
from tests.support.docker_engine import ENGINE_PREFIX

_PLACES = ("/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp", "/w")
_NAMES = ("evolve", "kept")  # what attacks call the files they leave
_WATCHED = ("/proc/sys/kernel/core_pattern", "/etc/passwd", "/etc/shadow", "/usr/bin/python3")
_OTHER_TESTS = (ENGINE_PREFIX, "/pytest-of-")


def on_the_host() -> set[str]:
    """Mounts, kernel objects, files that attacks leave, and the state of some that they must not change."""
    found = {f"mount {line}" for line in _mounts() if not any(name in line for name in _OTHER_TESTS)}
    found |= {f"file {path}" for place in _PLACES for name in _NAMES if (path := Path(place, name)).exists()}
    for kind in ("shm", "msg", "sem"):
        found |= {f"{kind} {line}" for line in Path("/proc/sysvipc", kind).read_text().splitlines()[1:]}
    for path in map(Path, _WATCHED):
        content = path.read_bytes() if path.stat().st_size < 1 << 16 and os.access(path, os.R_OK) else b""
        found.add(f"{path} {path.stat().st_mode:o} {path.stat().st_size} {content!r}")
    return found


def traces() -> set[str]:
    """All that, and what a pool has while it is open: processes, control groups, containers and their mounts."""
    engine = os.environ.get("DOCKER_HOST", "").removeprefix("unix://").removesuffix("/socket")
    found = on_the_host() | {f"mount {line}" for line in _mounts() if engine and engine in line}
    found |= {f"process {pid}" for pid in _processes()}
    found |= {f"container {one}" for one in _containers()}
    return found | {f"group {one}" for top in hierarchies() for one in top.rglob(f"{PREFIX}{os.getpid()}*")}


def new_traces(before: set[str], seconds: float = 5.0) -> set[str]:
    """What is there beyond ``before``, nothing as soon as it is nothing, else after ``seconds``."""
    until = time.monotonic() + seconds
    while (left := traces() - before) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines()


def _processes() -> set[int]:
    """Descendants of this process, and those of the user ids that its slots have."""
    first = 1 << 30 | (os.getpid() & 0x3FFFFF) << 8
    parents, ours = {}, {os.getpid()}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if first <= entry.stat().st_uid < first + 256:
                    ours.add(int(entry.name))
            except OSError:
                continue  # it ended meanwhile
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return ours - {os.getpid()}


def _containers() -> set[str]:
    if not answers():
        return set()
    client = docker.from_env()
    try:
        mine = {"label": f"{PROCESS_LABEL}={labels()[PROCESS_LABEL]}"}
        return {found["Id"] for found in client.api.containers(all=True, filters=mine)}
    finally:
        client.close()
