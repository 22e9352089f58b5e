"""Runs beside a candidate: builds schedules one task at a time, asking ``priority`` which task is next.

Request: JSON, a list of instances as ``Problem.requests`` makes them; nothing in one says how it was generated.
Response: a zero byte and all starts, a uint32 array, instance after instance; or a one byte, the position of the
instance (4 bytes, little-endian) and a sentence saying what the candidate did wrong.

Time is a bit set, an integer whose bit t stands for [t, t + 1).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np

ARGUMENTS = ("p", "start", "early", "latest", "load", "successors", "follow", "left", "horizon")


class WrongError(Exception):
    """What the candidate returned cannot be used: a sentence."""


def load(files: Mapping[str, bytes]) -> Callable[[bytes], bytes]:
    """The handler of requests, with the candidate's module executed once."""
    module = sys.modules["candidate"] = ModuleType("candidate")  # dataclasses look their own module up there
    space = vars(module)
    exec(compile(files["candidate.py"], "candidate.py", "exec", dont_inherit=True), space)  # noqa: S102
    np.seterr(all="ignore")

    def handle(request: bytes) -> bytes:
        starts: list[int] = []
        for position, data in enumerate(json.loads(request)):
            try:
                starts += schedule(space["priority"], data)
            except WrongError as error:
                return b"\x01" + position.to_bytes(4, "little") + str(error).encode()
        return b"\x00" + np.array(starts, dtype="<u4").tobytes()

    return handle


def schedule(priority: Callable[..., Any], data: Mapping[str, Any]) -> list[int]:
    """Start of each task; it breaks no constraint but deadlines and the horizon."""
    places = Places(data)
    count = len(places.p)
    missing = [len(tasks) for tasks in places.before]
    free = [task for task in range(count) if not missing[task]]
    starts = [-1] * count
    for left in range(count, 0, -1):
        # By latest end, so that among equals the more urgent comes first.
        free.sort(key=lambda task: (places.latest[task], task))
        earliest = [places.earliest(task, starts) for task in free]
        chosen = choose(priority, places, free, earliest, left) if len(free) > 1 else 0
        task = free.pop(chosen)
        starts[task] = earliest[chosen]
        places.take(task, starts[task])
        for other in places.after[task]:
            missing[other] -= 1
            if not missing[other]:
                free.append(other)
    return starts


def choose(
    priority: Callable[..., Any], places: Places, free: list[int], earliest: list[int], left: int
) -> int:  # fmt: skip
    """Position in ``free`` of the task with the least value."""
    columns = np.array([earliest, *(row[free] for row in places.columns)], dtype=float)
    columns.flags.writeable = False
    start, p, early, latest, load, successors, follow = columns
    returned = priority(
        p, start, early, latest, load, successors, follow, np.float64(left), np.float64(places.horizon)
    )  # fmt: skip
    values = np.asarray(returned)
    if values.dtype.kind not in "fiub":
        raise WrongError("priority returned something that is not an array of numbers")
    if values.shape not in ((), (len(free),)):
        raise WrongError(f"priority returned an array of shape {values.shape} for {len(free)} tasks, {left} being left")
    if np.isnan(values).any():
        raise WrongError(f"priority returned NaN with {left} tasks left")
    return int(np.broadcast_to(values, (len(free),)).argmin())


class Places:
    """What is taken of each resource, and when a task could start; tasks and resources are numbered from 0."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.p: list[int] = data["p"]
        self.horizon: int = data["horizon"]
        self.demands: list[list[int]] = data["demands"]
        self.release: list[int] = data["release"]
        self.before: list[list[int]] = [[] for _ in self.p]
        self.after: list[list[int]] = [[] for _ in self.p]
        for first, second in data["precedences"]:
            self.before[second].append(first)
            self.after[first].append(second)
        self._apart: list[list[int]] = [[] for _ in self.p]
        for one, other in data["apart"]:
            self._apart[one].append(other)
            self._apart[other].append(one)
        self._spans = [0] * len(self.p)
        # _taken[r][u]: when more than u units of r are taken; while it is down, all are.
        self._taken = [
            [sum((1 << end) - (1 << start) for start, end in down)] * capacity
            for capacity, down in zip(data["capacities"], data["downtimes"], strict=True)
        ]
        self.latest: list[int] = []
        self.columns = self._columns(data)

    def _columns(self, data: Mapping[str, Any]) -> np.ndarray:
        """All arguments of ``priority`` that do not change, but for ``start``: (6, tasks)."""
        count = len(self.p)
        order, missing = [task for task in range(count) if not self.before[task]], [len(b) for b in self.before]
        for task in order:  # it grows while it is read
            for other in self.after[task]:
                missing[other] -= 1
                if not missing[other]:
                    order.append(other)
        early, self.latest = list(self.release), list(data["deadline"])
        later = [0] * count
        for task in order:
            early[task] = max([early[task], *(early[k] + self.p[k] for k in self.before[task])])
        for task in reversed(order):
            self.latest[task] = min([self.latest[task], *(self.latest[k] - self.p[k] for k in self.after[task])])
            for other in self.after[task]:
                later[task] |= later[other] | 1 << other
        load = [
            sum(q / capacity for q, capacity in zip(demand, data["capacities"], strict=True)) for demand in self.demands
        ]
        follow = [sum(self.p[other] for other in self.after[task]) for task in range(count)]
        return np.array([self.p, early, self.latest, load, [bits.bit_count() for bits in later], follow], dtype=float)

    def earliest(self, task: int, starts: list[int]) -> int:
        """Earliest start that breaks no constraint but deadline and horizon."""
        taken = 0
        for level, demand in zip(self._taken, self.demands[task], strict=True):
            if demand:
                taken |= level[len(level) - demand]
        for other in self._apart[task]:
            taken |= self._spans[other]
        # A start is taken if any of the p time units from it is.
        reach = 1
        while reach < self.p[task]:
            step = min(reach, self.p[task] - reach)
            taken |= taken >> step
            reach += step
        after = max([self.release[task], *(starts[other] + self.p[other] for other in self.before[task])])
        taken |= (1 << after) - 1
        return (~taken & taken + 1).bit_length() - 1

    def take(self, task: int, start: int) -> None:
        """Put a task there."""
        span = self._spans[task] = (1 << start + self.p[task]) - (1 << start)
        for level, demand in zip(self._taken, self.demands[task], strict=True):
            if demand:
                for u in range(len(level) - 1, -1, -1):
                    level[u] |= level[u - demand] & span if u >= demand else span
