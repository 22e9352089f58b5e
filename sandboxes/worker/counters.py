"""What the kernel counts about a slot: from its cgroup where there is one, else from the process tree.

Files are opened once and read again with ``pread``: opening them for each job costs more than everything else here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class CgroupCounters:
    """Counters of the cgroup this process is in; each is None where its controller is not at hand.

    Args:
        folders: controller (``memory``, ``pids``, ``cpu``) -> folder of the slot's cgroup, as seen from in here.
    """

    def __init__(self, folders: Mapping[str, str]) -> None:
        memory, pids, cpu = folders.get("memory"), folders.get("pids"), folders.get("cpu")
        self._oom = _open(memory, "memory.oom_control", "memory.events")
        self._cpu = _open(cpu, "cpuacct.usage", "cpu.stat")
        self._tasks = _open(pids, "pids.current")
        self._refused = _open(pids, "pids.events")

    def oom_kills(self) -> int | None:
        """Processes of the slot killed for memory since it was made."""
        return _named(self._oom, b"oom_kill ")

    def refused_forks(self) -> int | None:
        """Forks and threads refused because the slot was full."""
        return _named(self._refused, b"max ")

    def tasks(self) -> int | None:
        """Processes and threads alive in the slot."""
        return None if self._tasks is None else int(os.pread(self._tasks, 32, 0))

    def cpu_seconds(self) -> float | None:
        """CPU time of all processes the slot ever had."""
        if self._cpu is None:
            return None
        text = os.pread(self._cpu, 256, 0)
        if text.startswith(b"usage_usec "):
            return int(text.split(None, 2)[1]) / 1e6
        return int(text) / 1e9


def kernel_version() -> tuple[int, int]:
    """Major and minor version of the running kernel."""
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()))


def process_cpu_seconds(pid: int) -> float:
    """CPU time of one process, all threads, children not included; exact to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # the kernel's encoding of a process's CPU clock


def only_child(pid: int) -> int | None:
    """The child of ``pid``, or None if it has none (any more)."""
    children = _read(f"/proc/{pid}/task/{pid}/children").split()
    return int(children[0]) if children else None


def run_delay_seconds(pid: int) -> float:
    """Time the main thread of ``pid`` was runnable but not running; 0 on a kernel built without that account."""
    try:
        return int(_read(f"/proc/{pid}/schedstat").split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0


def threads(pid: int) -> int:
    """Threads of ``pid``; an ended process that waits to be reaped has one."""
    return max(1, int(_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[17]))


class TreeUse:
    """CPU seconds, memory and numbers of processes and of tasks of all processes in this pid namespace but ``known``.

    The fallback where no cgroup can be written. Memory is anonymous memory beyond ``shared_pages``, which every copy
    of the zygote shares with it.
    """

    def __init__(self, known: frozenset[int], shared_pages: int) -> None:
        self.cpu_seconds = 0.0
        self.memory_bytes = 0
        self.processes = 0
        self.tasks = 0
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) in known:
                continue
            try:
                fields = _read(f"/proc/{name}/stat").rpartition(b")")[2].split()
                _, resident, shared = (int(x) for x in _read(f"/proc/{name}/statm").split()[:3])
            except OSError:
                continue  # it ended meanwhile
            self.cpu_seconds += sum(int(x) for x in fields[11:15]) / _TICKS
            self.memory_bytes += max(0, resident - shared - shared_pages) * _PAGE
            self.processes += 1
            self.tasks += int(fields[17])


def private_pages(pid: int) -> int:
    """Anonymous resident pages of ``pid``."""
    _, resident, shared = (int(x) for x in _read(f"/proc/{pid}/statm").split()[:3])
    return resident - shared


def address_space_bytes(pid: int) -> int:
    """Size of the address space of ``pid``."""
    return int(_read(f"/proc/{pid}/statm").split()[0]) * _PAGE


def _open(folder: str | None, *names: str) -> int | None:
    if folder is None:
        return None
    for name in names:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return None


def _named(fd: int | None, key: bytes) -> int | None:
    if fd is None:
        return None
    text = os.pread(fd, 512, 0)
    at = text.find(key)
    return int(text[at + len(key) :].split(None, 1)[0]) if at >= 0 else None


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)
