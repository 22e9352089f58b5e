"""The supervisor's children: made by the zygote, watched and ended here."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import counters, zygote
from .confine import NONE, Walls


class ConfinementError(Exception):
    """A child could not put up its walls; nothing of the job was handed to it."""


@dataclass(frozen=True)
class Slot:
    """What all jobs of this worker share.

    Attributes:
        orders: socket to the zygote.
        zygote_pid: its pid.
        cgroup: counters of the slot's cgroup.
        known: pids in this namespace that belong to no job.
        uids: user ids of candidate and simulator, or None where only one is mapped.
        limit_memory: True where no cgroup limits memory and the children's rlimits must.
        limit_processes: likewise for processes; False too where an rlimit would count the user's other processes, as
            it did before Linux 5.14: there the supervisor's poll of the process tree is all there is.
        base_tasks: processes in the slot's cgroup when no job runs.
        shared_pages: anonymous pages of the zygote.
        address_space: of the zygote, bytes.
    """

    orders: socket.socket
    zygote_pid: int
    cgroup: counters.CgroupCounters
    known: frozenset[int]
    uids: tuple[int, int] | None
    limit_memory: bool
    limit_processes: bool
    base_tasks: int
    shared_pages: int
    address_space: int

    def is_fit(self) -> bool:
        """True if the zygote still answers."""
        try:
            self.orders.send(zygote.PING)
            return self.orders.recv(zygote.MAX_MESSAGE) == zygote.READY
        except OSError:
            return False


@dataclass
class Child:
    """A process of a job, the first of its own pid namespace.

    Attributes:
        pid: as seen by the supervisor.
        pidfd: becomes readable when it ends.
        work: descriptor of its work directory; None if it was killed before its walls stood, for want of memory.
        status: from wait(2), once reaped.
        cpu_seconds: of it and all offspring, once reaped.
        max_rss_bytes: largest resident set among them, once reaped.
    """

    pid: int
    pidfd: int
    work: int | None
    status: int | None = None
    cpu_seconds: float = 0.0
    max_rss_bytes: int = 0

    @classmethod
    def launch(
        cls, slot: Slot, pipes: list[int], limits: Mapping[str, Any], simulator: bool, native: bool = False
    ) -> Child:
        """Have the zygote make a child that holds ``pipes``, and wait until its walls stand.

        Args:
            slot: what all jobs share.
            pipes: descriptors to give away: stdout, stderr, then those its program wants. They are closed here.
            limits: the job's limits.
            simulator: True for the trusted process of the job, False for the candidate's.
            native: True for a compiled program, which is then the only child of the process made here.

        Raises:
            ConfinementError: if it could not put up its walls.
        """
        walls = Walls(
            simulator=int(simulator),
            uid=NONE if slot.uids is None else slot.uids[simulator],
            cpu_seconds=int(limits["cpu_seconds"]) + 1,
            open_files=limits["open_files"],
            disk_bytes=limits["disk_bytes"],
            inodes=limits["inodes"],
            processes=_process_limit(slot, limits) if slot.limit_processes else NONE,
            address_space=slot.address_space + limits["memory_bytes"] if slot.limit_memory else NONE,
            native=int(native),
        )
        try:
            socket.send_fds(slot.orders, [walls.pack()], pipes)
        finally:
            for fd in pipes:
                os.close(fd)
        pid = pidfd = work = None
        poller = select.poll()
        poller.register(slot.orders, select.POLLIN)
        while pidfd is None or work is None:  # the zygote gives a pid and the child its word, in either order
            if slot.orders.fileno() not in dict(poller.poll()):
                break  # the child ended without a word
            message, descriptors, _, _ = socket.recv_fds(slot.orders, zygote.MAX_MESSAGE, 1)
            if message == zygote.CONFINED:
                work = descriptors[0]
            elif message.isdigit():
                pid = int(message)
                pidfd = os.pidfd_open(pid)
                poller.register(pidfd, select.POLLIN)
            else:
                raise ConfinementError(message.decode("utf-8", "replace") or "the zygote is gone")
        assert pid is not None
        assert pidfd is not None
        return cls(pid, pidfd, work)

    def ending(self, patience: float = 0.0) -> os.waitid_result | None:
        """How it ended, if it does so by itself within ``patience`` seconds; it stays to be reaped."""
        if patience:
            select.select([self.pidfd], [], [], patience)
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)

    def end(self) -> None:
        """Kill it, and with the first of a pid namespace all the rest; wait until they are gone."""
        os.kill(self.pid, signal.SIGKILL)
        _, self.status, usage = os.wait4(self.pid, 0)
        self.cpu_seconds = usage.ru_utime + usage.ru_stime
        self.max_rss_bytes = usage.ru_maxrss * 1024
        os.close(self.pidfd)

    def disk_was_full(self) -> bool:
        """True if its work directory has no space or no inode left; closes the descriptor."""
        if self.work is None:
            return False
        state = os.fstatvfs(self.work)
        os.close(self.work)
        return state.f_bavail == 0 or state.f_favail == 0


def kill_all(known: frozenset[int]) -> None:
    """Have every process in this pid namespace but ``known`` die at its next step.

    The kernel kills what is left of a pid namespace only once its first process, which is to die, has had its turn; a
    hundred others that fork without end make it wait for that.
    """
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in known:
            with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(int(name), signal.SIGKILL)


def _process_limit(slot: Slot, limits: Mapping[str, Any]) -> int:
    """With one user id for all, the slot's own processes and the simulator are counted as well."""
    return int(limits["processes"]) + (0 if slot.uids is not None else len(slot.known) + 1)
