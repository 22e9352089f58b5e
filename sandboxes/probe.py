"""Putting a backend to the test on this machine: six small attacks, a second or two in all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from sandboxes.interface import MEBIBYTE, Capabilities, Job, Limits, Outcome, Reason
from sandboxes.pool import SandboxPool, open_pool

_LIMITS = Limits(cpu_seconds=2.0, wall_seconds=4.0, memory_bytes=64 * MEBIBYTE, processes=16)
_ORPHAN = f"orphan-{os.getpid()}"  # not another prober's; at most 15 characters fit a process's name
_CONTAINED = b"contained"

_HEAD = "def load(files):\n    return attack\n\n"

ATTACKS: Mapping[str, str] = {
    "fork_bomb": """
import os

def attack(request):
    while True:
        os.fork()
""",
    "memory": """
def attack(request):
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))
""",
    "network": """
import socket

def attack(request):
    targets = [(socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("127.0.0.1", 2375)),
               (socket.AF_UNIX, "/var/run/docker.sock")]
    for family, address in targets:
        try:
            with socket.socket(family) as connection:
                connection.settimeout(1)
                connection.connect(address)
        except OSError:
            continue
        return b"reached " + repr(address).encode()
    return b"contained"
""",
    "write_outside": """
import os, sys

def attack(request):
    worker = next(m.__file__ for name, m in sys.modules.items() if name == "worker.main")
    for path in (worker, sys.executable, os.__file__, "/bin/sh", "/etc/passwd", "/x", "/dev/x", "/usr/local/x",
                 "/proc/sys/kernel/core_pattern", "/tmp/x", "/cgroup/memory/memory.limit_in_bytes"):
        try:
            open(path, "ab").close()
        except OSError:
            continue
        return b"wrote " + path.encode()
    return b"contained"
""",
    "kill_supervisor": """
import os, signal

def attack(request):
    for pid in (os.getppid(), -1, 1, 2, 3):
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                pass
    return b"contained"
""",
    "orphan": f"""
import ctypes, os, time

def attack(request):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"{_ORPHAN}")
            time.sleep(1000)
        os._exit(0)
    time.sleep(0.1)
    return b"contained"
""",
}


def probe(backend: str = "auto") -> Capabilities:
    """What ``backend`` really enforces on this machine.

    An attack counts as contained only if the slot it ran in also still answers afterwards.

    Raises:
        SandboxUnavailableError: if the backend cannot run here at all.
    """
    with open_pool(backend, slots=1, preload=()) as pool:
        found = {name: _attack(pool, name, source) for name, source in ATTACKS.items()}
        claimed = pool.capabilities
    return replace(
        claimed,
        memory=claimed.memory if found["memory"] else "none",
        processes=claimed.processes if found["fork_bomb"] else "none",
        network=claimed.network if found["network"] else "open",
        probes=found,
    )


def _attack(pool: SandboxPool, name: str, source: str) -> bool:
    outcome = pool.run(Job(source + _HEAD, {}, (b"",), limits=_LIMITS))
    honest = pool.run(Job("def load(files):\n    return lambda request: request\n", {}, (b"alive",), limits=_LIMITS))
    return _CHECKS.get(name, _said_contained)(outcome) and honest.responses == (b"alive",)


def _said_contained(outcome: Outcome) -> bool:
    return outcome.responses == (_CONTAINED,)


def _nothing_remains(outcome: Outcome) -> bool:
    return _said_contained(outcome) and not any(map(_is_orphan, Path("/proc").iterdir()))


def _is_orphan(process: Path) -> bool:
    try:
        return (process / "comm").read_text().strip() == _ORPHAN
    except OSError:
        return False


_CHECKS: Mapping[str, Callable[[Outcome], bool]] = {
    "fork_bomb": lambda outcome: outcome.reason is Reason.PROCESS_LIMIT,
    "memory": lambda outcome: outcome.reason is Reason.MEMORY_LIMIT,
    "orphan": _nothing_remains,
}
