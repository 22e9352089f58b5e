"""An instance of R-ConstraintBench: resource-constrained project scheduling as a question of feasibility.

Tasks run without interruption and take whole numbers of time units; every interval is half open, ``[start, end)``.
A schedule gives each task a start >= 0. It is feasible if

* a task starts no earlier than its predecessors end, and no two tasks of a disjunctive pair overlap;
* at every time the tasks that run need no more of a resource than its capacity, and nothing of it while it is down;
* a task starts no earlier than its release, ends no later than its deadline, and ends by the horizon.

From the published description (Jain & Wetter, arXiv 2508.15204): start times, precedence in layers, renewable
resources whose capacity is zero while they are down, release times and deadlines, pairs that exclude each other. The
horizon is ours.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeAlias

from evaluators.rconstraintbench.reading import InstanceError, fields, items, one_of, shown, text, whole

PHASES = ("precedence", "downtime", "windows", "disjunctive", "all")
ABLATIONS = ("only-downtime", "only-windows", "only-disjunctive")
DOMAINS = ("abstract", "data-center-migration")

# Far above anything generated; a file that is read must not make a verifier or a solver run for hours.
MOST_TASKS, LONGEST_HORIZON, MOST_RESOURCES = 1_000, 1_000_000, 50
LARGEST_SEED = 2**63 - 1

Schedule: TypeAlias = Mapping[int, int]
"""Task id -> start."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        id: 1..n.
        name: for people and prompts.
        layer: 1.. of the layered graph; a precedence leads to a later layer.
        duration: > 0.
        demands: of each resource while the task runs, in the order of the instance's resources.
        release: earliest start, or None.
        deadline: latest end, or None.
    """

    id: int
    name: str
    layer: int
    duration: int
    demands: tuple[int, ...]
    release: int | None = None
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One renewable resource.

    Attributes:
        name: for people and prompts.
        capacity: units there are whenever it is not down.
        downtimes: intervals ``[start, end)`` without any, sorted, apart from one another.
    """

    name: str
    capacity: int
    downtimes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Instance:
    """One instance; its id is the hash of everything in it.

    Attributes:
        domain: ``abstract`` or ``data-center-migration``: what things are called.
        phase: which kinds of constraints it has, one of ``PHASES`` or ``ABLATIONS``.
        level: number of precedences, none of them implied by the others.
        index: 1.., of the ramp it belongs to.
        seed: of the set it was generated for.
        horizon: by when every task must have ended.
        tasks: by id.
        resources: in the order of the demands.
        precedences: ``(before, after)``, sorted.
        disjunctive: ``(a, b)`` with a < b, sorted: the two must not overlap.
    """

    domain: str
    phase: str
    level: int
    index: int
    seed: int
    horizon: int
    tasks: tuple[Task, ...]
    resources: tuple[Resource, ...]
    precedences: tuple[tuple[int, int], ...]
    disjunctive: tuple[tuple[int, int], ...]

    @cached_property
    def id(self) -> str:
        """Hex SHA-256 of the canonical JSON: sorted keys, no spaces, UTF-8."""
        return _digest(self.canonical())

    def canonical(self) -> str:
        """Its JSON with sorted keys and without spaces."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def name(self) -> str:
        """Unique within a set: ``all/k15/03``."""
        return f"{self.phase}/k{self.level:02d}/{self.index:02d}"

    def task(self, number: int) -> Task:
        """The task with that id, 1..n."""
        return self.tasks[number - 1]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON as in ``schema.json``; tuples become lists."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return document

    @classmethod
    def from_record(cls, text: str, id: str) -> Instance:
        """The instance in its JSON as it was put on record; the canonical one need not be checked a second time.

        Args:
            text: that was written of a checked instance.
            id: of that instance.

        Raises:
            InstanceError: as :meth:`from_json`.
        """
        document = json.loads(text)
        if _digest(text) != id:
            return cls.from_json(document)
        instance = cls(**{
            **document,
            "tasks": tuple(Task(**{**item, "demands": tuple(item["demands"])}) for item in document["tasks"]),
            "resources": tuple(
                Resource(**{**item, "downtimes": tuple(map(tuple, item["downtimes"]))})
                for item in document["resources"]
            ),
            "precedences": tuple(map(tuple, document["precedences"])),
            "disjunctive": tuple(map(tuple, document["disjunctive"])),
        })  # fmt: skip
        instance.__dict__["id"] = id
        return instance

    @classmethod
    def from_json(cls, document: Any) -> Instance:
        """The instance in a decoded JSON document, whatever is wrong with it being refused.

        Raises:
            InstanceError: one sentence naming the field and what is allowed.
        """
        found = fields(document, "instance", tuple(cls.__dataclass_fields__))
        horizon = whole(found["horizon"], "horizon", 1, LONGEST_HORIZON)
        resources = tuple(
            _resource(item, f"resources[{k}]", horizon)
            for k, item in enumerate(items(found["resources"], "resources", MOST_RESOURCES))
        )
        tasks = tuple(
            _task(item, f"tasks[{k}]", k + 1, horizon, resources)
            for k, item in enumerate(items(found["tasks"], "tasks", MOST_TASKS))
        )
        if not tasks:
            raise InstanceError("tasks is empty; an instance has at least one task")
        precedences = _pairs(found["precedences"], "precedences", len(tasks))
        for before, after in precedences:
            if tasks[before - 1].layer >= tasks[after - 1].layer:
                raise InstanceError(f"precedences: {before} -> {after} does not lead to a later layer")
        disjunctive = _pairs(found["disjunctive"], "disjunctive", len(tasks))
        for first, second in disjunctive:
            if first >= second:
                raise InstanceError(f"disjunctive: the pair {first}, {second} must have its smaller id first")
        return cls(
            domain=one_of(found["domain"], "domain", DOMAINS),
            phase=one_of(found["phase"], "phase", PHASES + ABLATIONS),
            level=whole(found["level"], "level", 0, LONGEST_HORIZON),
            index=whole(found["index"], "index", 0, LONGEST_HORIZON),
            seed=whole(found["seed"], "seed", 0, LARGEST_SEED),
            horizon=horizon,
            tasks=tasks,
            resources=resources,
            precedences=precedences,
            disjunctive=disjunctive,
        )


@dataclass(frozen=True, slots=True)
class Tightness:
    """How hard an instance is for schedules made without search.

    Attributes:
        greedy_share: share of the greedy rules whose serial schedule is feasible.
        random_share: share of serial schedules in random topological order that are feasible.
        samples: number of random orders tried.
    """

    greedy_share: float
    random_share: float
    samples: int


@dataclass(frozen=True)
class GeneratedInstance:
    """An instance with what must not reach a contestant.

    Attributes:
        instance: the question.
        witness: a feasible schedule, by which the instance was made.
        tightness: how hard it is without search.
    """

    instance: Instance
    witness: Schedule
    tightness: Tightness


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _interval(value: Any, where: str, horizon: int) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise InstanceError(f"{where} is {shown(value)}; it must be a list of a start and an end")
    start = whole(value[0], f"{where}[0]", 0, horizon - 1)
    return start, whole(value[1], f"{where}[1]", start + 1, horizon)


def _resource(value: Any, where: str, horizon: int) -> Resource:
    found = fields(value, where, tuple(Resource.__dataclass_fields__))
    downtimes = tuple(
        _interval(item, f"{where}.downtimes[{k}]", horizon)
        for k, item in enumerate(items(found["downtimes"], f"{where}.downtimes", horizon))
    )
    for earlier, later in itertools.pairwise(downtimes):
        if later[0] <= earlier[1]:
            raise InstanceError(f"{where}.downtimes must be sorted and apart; {later[0]} comes after {earlier[1]}")
    return Resource(
        text(found["name"], f"{where}.name"),
        whole(found["capacity"], f"{where}.capacity", 1, LONGEST_HORIZON),
        downtimes,
    )


def _task(value: Any, where: str, number: int, horizon: int, resources: tuple[Resource, ...]) -> Task:
    found = fields(value, where, tuple(Task.__dataclass_fields__))
    whole(found["id"], f"{where}.id", number, number)
    duration = whole(found["duration"], f"{where}.duration", 1, horizon)
    demands = items(found["demands"], f"{where}.demands", len(resources))
    if len(demands) != len(resources):
        raise InstanceError(f"{where}.demands has {len(demands)} items; it must have one a resource, {len(resources)}")
    release, deadline = found["release"], found["deadline"]
    if release is not None:
        whole(release, f"{where}.release", 0, horizon - duration)
    if deadline is not None:
        whole(deadline, f"{where}.deadline", (release or 0) + duration, horizon)
    return Task(
        number,
        text(found["name"], f"{where}.name"),
        whole(found["layer"], f"{where}.layer", 1, MOST_TASKS),
        duration,
        tuple(whole(q, f"{where}.demands[{r}]", 0, resources[r].capacity) for r, q in enumerate(demands)),
        release,
        deadline,
    )


def _pairs(value: Any, where: str, tasks: int) -> tuple[tuple[int, int], ...]:
    pairs: list[tuple[int, int]] = []
    for k, item in enumerate(items(value, where, tasks * tasks)):
        if not isinstance(item, list) or len(item) != 2:
            raise InstanceError(f"{where}[{k}] is {shown(item)}; it must be a list of two task ids")
        pairs.append((whole(item[0], f"{where}[{k}][0]", 1, tasks), whole(item[1], f"{where}[{k}][1]", 1, tasks)))
        if k and pairs[k - 1] >= pairs[k]:
            raise InstanceError(f"{where} must be sorted and without repetition; {where}[{k}] is {shown(item)}")
    return tuple(pairs)
