"""What a job has used of what it may, by the cgroup's account where there is one and the process tree's elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from . import counters
from .children import Child, Slot


class Accounts:
    """The counters of one job; made when it begins.

    Args:
        slot: what all jobs share.
        limits: the job's.
    """

    def __init__(self, slot: Slot, limits: Mapping[str, Any]) -> None:
        self._slot, self._limits = slot, limits
        group = slot.cgroup
        self._oom = group.oom_kills()
        self._refused = group.refused_forks()
        self._cpu = group.cpu_seconds()
        self._own_cpu = time.process_time()
        self._zygote_cpu = counters.process_cpu_seconds(slot.zygote_pid)
        self._tree_cpu = 0.0

    @property
    def oom_kills(self) -> int:
        """Processes killed for memory since the job began."""
        now = self._slot.cgroup.oom_kills()
        return 0 if now is None or self._oom is None else now - self._oom

    @property
    def forks_refused(self) -> bool:
        """True if the kernel refused the job a process since it began."""
        now = self._slot.cgroup.refused_forks()
        return now is not None and self._refused is not None and now > self._refused

    @property
    def counts_forks(self) -> bool:
        """False where only the program itself can say that it was refused a process."""
        return self._refused is not None

    @property
    def kernel_counts(self) -> bool:
        """True where cgroups limit and count everything, so that nothing has to be read off the process tree."""
        return self._oom is not None and self._refused is not None and self._cpu is not None

    def exceeded(self, simulator: Child | None) -> str | None:
        """The limit the job is over, if any."""
        if not self.kernel_counts:
            known = self._slot.known if simulator is None else self._slot.known | {simulator.pid}
            tree = counters.TreeUse(known, self._slot.shared_pages)
            self._tree_cpu = max(self._tree_cpu, tree.cpu_seconds)
            if self._oom is None and tree.memory_bytes > self._limits["memory_bytes"]:
                return "memory_limit"
            if self._refused is None and tree.tasks > self._limits["processes"]:
                return "process_limit"
        if self.oom_kills:
            return "memory_limit"
        if self.forks_refused:
            return "process_limit"
        if self.cpu_seconds(simulator) > self._limits["cpu_seconds"]:
            return "cpu_limit"
        return None

    def cpu_seconds(self, simulator: Child | None, candidate: Child | None = None) -> float:
        """CPU time of all processes of the job, fork server and simulator not included.

        Args:
            simulator: the trusted process whose time is not the candidate's, if there is one.
            candidate: its process once reaped; where no cgroup counts, its own account is the best there is.
        """
        total = self._slot.cgroup.cpu_seconds()
        if total is None or self._cpu is None:
            return self._tree_cpu if candidate is None else max(self._tree_cpu, candidate.cpu_seconds)
        ours = time.process_time() - self._own_cpu
        ours += counters.process_cpu_seconds(self._slot.zygote_pid) - self._zygote_cpu
        if simulator is not None:
            reaped = simulator.status is not None
            ours += simulator.cpu_seconds if reaped else counters.process_cpu_seconds(simulator.pid)
        return max(0.0, total - self._cpu - ours)

    def offspring(self, *children: Child) -> int:
        """Processes of the job that are alive beside its first ones, ``children``."""
        now = self._slot.cgroup.tasks()
        if now is None:
            known = self._slot.known | {child.pid for child in children}
            return counters.TreeUse(known, 0).processes
        others = now - self._slot.base_tasks - len(children)
        if others > 0:
            others -= sum(counters.threads(child.pid) - 1 for child in children)
        return max(0, others)
