"""Is a schedule feasible, and if not, why: every violation by kind, tasks and times. No solver has a say in it.

The classes are those of the published description (arXiv 2508.15204): precedence, capacity, downtime, time windows,
disjunctive pairs; ``HORIZON`` and ``FORMAT`` are ours. Time is O(n log n + constraints + violations).
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evaluators.rconstraintbench.model import Instance, Schedule, Task
from evaluators.rconstraintbench.reading import shown

KINDS = ("FORMAT", "PRECEDENCE", "CAPACITY", "DOWNTIME", "RELEASE", "DEADLINE", "DISJUNCTIVE", "HORIZON")
LATEST_START = 2**53


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint a schedule breaks.

    Attributes:
        kind: one of ``KINDS``.
        tasks: ids of the tasks concerned, those in the instance only.
        resource: name of the resource concerned, or None.
        start: when it begins, or None where times have no meaning.
        end: when it ends (exclusive), or None.
        text: one sentence for a person or a model.
    """

    kind: str
    tasks: tuple[int, ...]
    resource: str | None
    start: int | None
    end: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a schedule breaks, ordered by kind as in ``KINDS``."""

    violations: tuple[Violation, ...]

    @property
    def feasible(self) -> bool:
        """True if nothing is violated."""
        return not self.violations

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of the violations, each once, in the order of ``KINDS``."""
        found = {violation.kind for violation in self.violations}
        return tuple(kind for kind in KINDS if kind in found)


def read_schedule(instance: Instance, decoded: Any) -> tuple[dict[int, int], tuple[Violation, ...]]:
    """The schedule in decoded JSON and what is wrong with its form.

    The form is ``{"schedule": [{"task": id, "start": time}, …]}``; further keys are ignored. An entry that
    cannot be used is a ``FORMAT`` violation and left out, and :func:`verify` will then miss its task; of a task given
    twice the first start counts. 3.0 is the whole number 3, as in JSON.
    """
    entries = decoded.get("schedule") if isinstance(decoded, dict) else None
    if not isinstance(entries, list):
        return {}, (_format((), 'the answer is not an object with a list under "schedule"'),)
    schedule: dict[int, int] = {}
    wrong: list[Violation] = []
    for k, entry in enumerate(entries):
        if not isinstance(entry, dict) or "task" not in entry or "start" not in entry:
            wrong.append(_format((), f'entry {k + 1} of the schedule is not an object with "task" and "start"'))
            continue
        task, start = _plain(entry["task"]), _plain(entry["start"])
        complaint = _complaint(instance, task, start)
        if complaint is not None:
            wrong.append(complaint)
        elif task in schedule:
            wrong.append(_format((task,), f"task {task} is scheduled more than once"))
        else:
            schedule[task] = start
    return schedule, tuple(wrong)


def verify(instance: Instance, schedule: Schedule) -> Verification:
    """Every violation of ``schedule``.

    A task that is missing or unknown, or whose start is not a whole number from 0 to ``LATEST_START``, is a ``FORMAT``
    violation; the other constraints are checked among the tasks that remain.
    """
    wrong: list[Violation] = []
    starts: dict[int, int] = {}
    for task, start in schedule.items():
        complaint = _complaint(instance, task, start)
        if complaint is None:
            starts[task] = start
        else:
            wrong.append(complaint)
    wrong += [
        _format((task.id,), f"task {task.id} is not scheduled") for task in instance.tasks if task.id not in schedule
    ]
    return Verification((
        *wrong,
        *_precedence(instance, starts),
        *_capacity(instance, starts),
        *_downtime(instance, starts),
        *_windows(instance, starts),
        *_disjunctive(instance, starts),
        *_horizon(instance, starts),
    ))  # fmt: skip


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _format(tasks: tuple[int, ...], text: str) -> Violation:
    return Violation("FORMAT", tasks, None, None, None, text)


def _complaint(instance: Instance, task: Any, start: Any) -> Violation | None:
    """What is wrong with the form of one entry."""
    if type(task) is not int or not 1 <= task <= len(instance.tasks):
        return _format((), f"{shown(task)} is not a task; tasks are 1 to {len(instance.tasks)}")
    if type(start) is not int or not 0 <= start <= LATEST_START:
        text = f"the start of task {task} is {shown(start)}, not a whole number from 0 to {LATEST_START}"
        return _format((task,), text)
    return None


def _scheduled(instance: Instance, starts: Schedule) -> list[Task]:
    return [task for task in instance.tasks if task.id in starts]


def _precedence(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    for before, after in instance.precedences:
        if before in starts and after in starts:
            start, end = starts[after], starts[before] + instance.task(before).duration
            if start < end:
                text = f"task {after} starts at {start}, before its predecessor {before} ends at {end}"
                yield Violation("PRECEDENCE", (before, after), None, start, end, text)


def _capacity(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    """Intervals over which the same tasks together need more of a resource than there is when it is not down."""
    scheduled = _scheduled(instance, starts)
    for r, resource in enumerate(instance.resources):
        changes: list[tuple[int, int, int]] = []  # time, by how much what is needed changes, task
        for task in scheduled:
            demand, start = task.demands[r], starts[task.id]
            if demand:
                changes += (start, demand, task.id), (start + task.duration, -demand, task.id)
        changes.sort()
        running: set[int] = set()
        used = 0
        for (time, change, number), (until, *_) in itertools.pairwise(changes):
            used += change
            (running.add if change > 0 else running.discard)(number)
            if used > resource.capacity and until > time:
                tasks = tuple(sorted(running))
                text = (
                    f"tasks {_listed(tasks)} together need {used} of {resource.name} "
                    f"in [{time}, {until}), and there are {resource.capacity}"
                )
                yield Violation("CAPACITY", tasks, resource.name, time, until, text)


def _downtime(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    scheduled = _scheduled(instance, starts)
    for r, resource in enumerate(instance.resources):
        ends = [end for _, end in resource.downtimes]
        for task in scheduled if ends else ():
            if not task.demands[r]:
                continue
            start, end = starts[task.id], starts[task.id] + task.duration
            for down, up in resource.downtimes[bisect.bisect_right(ends, start) :]:
                if down >= end:
                    break
                text = f"task {task.id} runs in [{start}, {end}) and needs {resource.name}, down in [{down}, {up})"
                yield Violation("DOWNTIME", (task.id,), resource.name, max(start, down), min(end, up), text)


def _windows(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    tasks = _scheduled(instance, starts)
    for task in tasks:
        start = starts[task.id]
        if task.release is not None and start < task.release:
            text = f"task {task.id} starts at {start}, before its release at {task.release}"
            yield Violation("RELEASE", (task.id,), None, start, task.release, text)
    for task in tasks:
        end = starts[task.id] + task.duration
        if task.deadline is not None and end > task.deadline:
            text = f"task {task.id} ends at {end}, after its deadline at {task.deadline}"
            yield Violation("DEADLINE", (task.id,), None, task.deadline, end, text)


def _disjunctive(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    for first, second in instance.disjunctive:
        if first in starts and second in starts:
            start = max(starts[first], starts[second])
            end = min(starts[k] + instance.task(k).duration for k in (first, second))
            if start < end:
                text = f"tasks {first} and {second} must not overlap, but both run in [{start}, {end})"
                yield Violation("DISJUNCTIVE", (first, second), None, start, end, text)


def _horizon(instance: Instance, starts: Schedule) -> Iterator[Violation]:
    for task in _scheduled(instance, starts):
        end = starts[task.id] + task.duration
        if end > instance.horizon:
            text = f"task {task.id} ends at {end}, after the horizon at {instance.horizon}"
            yield Violation("HORIZON", (task.id,), None, instance.horizon, end, text)


def _listed(tasks: tuple[int, ...]) -> str:
    return ", ".join(map(str, tasks[:-1])) + f" and {tasks[-1]}" if len(tasks) > 1 else str(tasks[0])
