"""The trusted part: instances of R-ConstraintBench, and how many tasks a schedule has late.

Serial schedules break no constraint but deadlines and the horizon, so a schedule is infeasible exactly if a task is
late. The score counts late tasks, since whether any is late would tell a search too little; the second objective is
the share of infeasible schedules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

import evaluators.problem
from evaluators.problem import EntryPoint, Example, Instance, Judged, Request, Split, WrongAnswerError
from evaluators.rconstraintbench import model
from evaluators.rconstraintbench.generator import draw_ramp
from evaluators.rconstraintbench.model import LARGEST_SEED
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.verifier import verify
from evaluators.scheduling.draws import seed_from
from evaluators.scheduling.r_constraintbench import example, situations

CHUNK = 8
"""Instances in a request; few, so that a race can stop early."""
_SEEDS = {"train": 21_000, "validation": 22_000, "test": 23_000}
_LATE = ("DEADLINE", "HORIZON")


def instance_of(found: model.Instance, label: str = "") -> Instance:
    """An instance of R-ConstraintBench as one of this problem; a heuristic from an archive is run on such."""
    return Instance(f"{label}{found.name}", found.phase, {"instance": found}, 0.0, proven=True)


def _ramps(label: str, seed: int, count: int, **others: Any) -> list[Instance]:
    """Instances of ``count`` ramps, of phases and levels at which the published rules are late."""
    levels = others.pop("levels", (20, 25, 30))
    arguments = Arguments(levels=levels, per_level=count, seed=seed, phases=("disjunctive", "all"), slack=1, **others)
    drawn = [draw_ramp(arguments, index) for index in range(1, count + 1)]
    return [
        instance_of(ramp.instance(phase, level), label)
        for ramp in drawn
        for phase in arguments.phases
        for level in arguments.levels
    ]


@lru_cache(maxsize=8)
def _instances(split: Split, secret: str | None) -> tuple[Instance, ...]:
    seed = _SEEDS[split]
    found = _ramps("", seed, 16)
    if split == "test":
        found += _ramps("migration/", seed + 1, 8, domain="data-center-migration")
        found += _ramps("large/", seed + 2, 6, tasks=30, levels=(30, 45))
        if secret is not None:
            fresh = seed_from("r-constraintbench", secret) % LARGEST_SEED
            found += _ramps("fresh/", fresh, 16)
    return tuple(found)


class Problem(evaluators.problem.Problem):
    """R-ConstraintBench. Decisions on an instance are the starts of its tasks, a uint32 array (tasks,)."""

    def instances(self, split: Split, secret: str | None = None) -> Sequence[Instance]:
        """Instances of a split; ``test`` with a secret also has fresh ones, after the fixed."""
        return _instances(split, secret if split == "test" else None)

    def smoke(self) -> Sequence[Instance]:
        """Two instances of another seed."""
        return _smoke()

    def effort(self, instances: Sequence[Instance]) -> float:
        """Sum of squared numbers of tasks: at each step every task that may be next is looked at."""
        return float(sum(len(i.data["instance"].tasks) ** 2 for i in instances))

    def requests(self, instances: Sequence[Instance], entry: EntryPoint, elementwise: bool) -> list[Request]:
        """Frames of some instances each."""
        return [
            Request(
                json.dumps([_plain(i.data["instance"]) for i in instances[start : start + CHUNK]]).encode(),
                tuple(range(start, min(start + CHUNK, len(instances)))),
            )
            for start in range(0, len(instances), CHUNK)
        ]

    def decode(self, request: Request, response: bytes) -> list[Any]:
        """The starts in a response.

        Raises:
            WrongAnswerError: if the response has not the agreed shape or holds the harness's complaint.
        """
        return _starts(request, response, None)

    def judge(self, request: Request, response: bytes, instances: Sequence[Instance]) -> Sequence[Judged]:
        """As the default, with the instance's name in the harness's complaint."""
        concerned = [instances[i] for i in request.indices]
        starts = _starts(request, response, concerned)
        return [self.score(instance, found) for instance, found in zip(concerned, starts, strict=True)]

    def score(self, instance: Instance, decisions: Any) -> Judged:
        """Share of tasks that end after their deadline or the horizon, in percent; anything else broken is wrong."""
        question: model.Instance = instance.data["instance"]
        starts = np.asarray(decisions)
        if starts.dtype.kind not in "iu" or starts.shape != (len(question.tasks),):
            raise WrongAnswerError(f"instance {instance.name}: the answer is not {len(question.tasks)} starts")
        schedule = {number: int(start) for number, start in enumerate(starts, 1)}
        violations = verify(question, schedule).violations
        for violation in violations:
            if violation.kind not in _LATE:
                raise WrongAnswerError(f"instance {instance.name}: {violation.text}")
        late = len({violation.tasks for violation in violations})
        return Judged(float(late), 100 * late / len(question.tasks), {"infeasible": 100.0 * bool(late)})

    def situations(self, entry: EntryPoint) -> Mapping[str, np.ndarray] | None:
        """Arguments of ``priority`` in states met on ``train``: (situations, alternatives) or (situations, 1)."""
        return _situations()

    def example(self, entry: EntryPoint, instance: Instance, objective: float) -> Example | None:
        """For export: the serial scheme and a doctest."""
        return example.example(instance.name, _plain(instance.data["instance"]), objective)

    def feedback(self, instances: Sequence[Instance], judged: Sequence[Judged]) -> str:
        """How many instances have late tasks in each phase, and which have most."""
        phases: dict[str, list[float]] = {}
        for instance, verdict in zip(instances, judged, strict=True):
            phases.setdefault(instance.part, []).append(verdict.objective)
        shares = ", ".join(f"{phase} {sum(map(bool, late))} of {len(late)}" for phase, late in phases.items())
        worst = sorted(zip(instances, judged, strict=True), key=lambda pair: -pair[1].objective)[:3]
        most = "; ".join(f"{i.name}: {j.objective:.0f} late tasks" for i, j in worst if j.objective)
        return f"instances with late tasks: {shares}" + (f"; most: {most}" if most else "")


@lru_cache(maxsize=1)
def _smoke() -> tuple[Instance, ...]:
    return tuple(_ramps("smoke/", 20_000, 1, levels=(5,)))


@lru_cache(maxsize=1)
def _situations() -> Mapping[str, np.ndarray]:
    return situations.sample([_plain(i.data["instance"]) for i in _instances("train", None)])


@lru_cache(maxsize=1024)
def _plain(instance: model.Instance) -> dict[str, Any]:
    """What a candidate's process is told: no names, nothing that says how the instance was made."""
    return {
        "p": [task.duration for task in instance.tasks],
        "demands": [task.demands for task in instance.tasks],
        "release": [task.release or 0 for task in instance.tasks],
        "deadline": [instance.horizon if task.deadline is None else task.deadline for task in instance.tasks],
        "capacities": [resource.capacity for resource in instance.resources],
        "downtimes": [resource.downtimes for resource in instance.resources],
        "precedences": [(before - 1, after - 1) for before, after in instance.precedences],
        "apart": [(one - 1, other - 1) for one, other in instance.disjunctive],
        "horizon": instance.horizon,
    }


def _starts(request: Request, response: bytes, instances: Sequence[Instance] | None) -> list[Any]:
    """Starts of each instance of a request, which is about ``instances``, if they are known."""
    sizes = _sizes(request.payload)
    if response[:1] == b"\x01" and len(response) >= 5:
        position = int.from_bytes(response[1:5], "little")
        known = instances is not None and position < len(instances)
        name = instances[position].name if instances is not None and known else f"{position + 1} of the request"
        raise WrongAnswerError(f"instance {name}: {response[5:505].decode('utf-8', 'replace')}")
    if response[:1] != b"\x00" or len(response) != 1 + 4 * sum(sizes):
        raise WrongAnswerError(f"the response is not the starts of {sum(sizes)} tasks")
    return np.split(np.frombuffer(response, "<u4", offset=1), np.cumsum(sizes)[:-1])


@lru_cache(maxsize=64)
def _sizes(payload: bytes) -> list[int]:
    """Numbers of tasks of the instances in a payload. Every candidate is judged on them."""
    return [len(data["p"]) for data in json.loads(payload)]
