"""Serial schedule generation: tasks are taken in an order, each put at the earliest start all constraints allow.

The scheme is that of Kelley (in Muth & Thompson, Industrial Scheduling, 1963); see Kolisch, EJOR 90(2), 1996. Time is a
bit set, a Python integer whose bit t stands for [t, t + 1): what a task may not overlap is an OR of a few of them, and
its earliest start one addition, so that a schedule of 20 tasks takes some 0.1 ms.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluators.rconstraintbench.model import Instance


class Project:
    """An instance made ready for many serial schedules.

    Attributes:
        instance: the instance.
        before: task -> its direct predecessors; likewise ``after``.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        count = len(instance.tasks) + 1
        self.before: list[list[int]] = [[] for _ in range(count)]
        self.after: list[list[int]] = [[] for _ in range(count)]
        for first, second in instance.precedences:
            self.before[second].append(first)
            self.after[first].append(second)
        self._apart: list[list[int]] = [[] for _ in range(count)]
        for one, other in instance.disjunctive:
            self._apart[one].append(other)
            self._apart[other].append(one)
        down = [sum(_bits(start, end) for start, end in resource.downtimes) for resource in instance.resources]
        # _levels[r][u]: when more than u units of r are taken; while it is down, all are.
        self._levels = [[mask] * resource.capacity for mask, resource in zip(down, instance.resources, strict=True)]

    def schedule(self, order: Iterable[int], *, stop: bool = False) -> tuple[dict[int, int], bool]:
        """The serial schedule of an order, and whether it is feasible.

        A task that fits nowhere before its deadline and the horizon is put at its earliest start after them.

        Args:
            order: task ids, each after its predecessors.
            stop: give up at the first such task; the schedule is then of the tasks before it.
        """
        levels = [list(level) for level in self._levels]
        resources = self.instance.resources
        starts: dict[int, int] = {}
        spans: dict[int, int] = {}
        feasible = True
        for number in order:
            task = self.instance.task(number)
            taken = 0
            for r, demand in enumerate(task.demands):
                if demand:
                    taken |= levels[r][resources[r].capacity - demand]
            for other in self._apart[number]:
                taken |= spans.get(other, 0)
            earliest = task.release or 0
            for other in self.before[number]:
                earliest = max(earliest, starts[other] + self.instance.task(other).duration)
            start = _earliest(taken, earliest, task.duration)
            latest = self.instance.horizon if task.deadline is None else task.deadline
            if start + task.duration > latest:
                feasible = False
                if stop:
                    break
            span = _bits(start, start + task.duration)
            starts[number], spans[number] = start, span
            for r, demand in enumerate(task.demands):
                if demand:
                    level = levels[r]
                    for u in range(resources[r].capacity - 1, demand - 1, -1):
                        level[u] |= level[u - demand] & span
                    for u in range(demand):
                        level[u] |= span
        return starts, feasible

    def order(self, priority: list[float]) -> list[int]:
        """Ids so that each comes after its predecessors, and among those that may come the one of least priority.

        Args:
            priority: of task 1, 2, …; ties go to the smaller id.
        """
        missing = [len(tasks) for tasks in self.before]
        free = [number for number in range(1, len(missing)) if not missing[number]]
        found = []
        while free:
            number = min(free, key=lambda k: (priority[k - 1], k))
            free.remove(number)
            found.append(number)
            for other in self.after[number]:
                missing[other] -= 1
                if not missing[other]:
                    free.append(other)
        return found


def _bits(start: int, end: int) -> int:
    return (1 << end) - (1 << start)


def _earliest(taken: int, earliest: int, duration: int) -> int:
    """Least start >= ``earliest`` from which ``duration`` time units are not taken."""
    reach = 1
    while reach < duration:
        step = min(reach, duration - reach)
        taken |= taken >> step
        reach += step
    free = taken | (1 << earliest) - 1
    return (~free & free + 1).bit_length() - 1
