"""Sets of instances: generated from a few arguments, written as one JSON document, read back strictly.

The document has the instances, and apart from them, by instance id, what no contestant may see: witnesses and
tightness. ``schema.json`` in this folder describes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from evaluators.rconstraintbench import cp_sat
from evaluators.rconstraintbench.generator import GENERATOR_VERSION, draw_ramp
from evaluators.rconstraintbench.model import (
    ABLATIONS,
    DOMAINS,
    LARGEST_SEED,
    MOST_TASKS,
    PHASES,
    GeneratedInstance,
    Instance,
    Schedule,
    Tightness,
)
from evaluators.rconstraintbench.precedence import LevelError
from evaluators.rconstraintbench.ramp import CONTROLS, Arguments
from evaluators.rconstraintbench.reading import InstanceError, fields, items, one_of, share, shown, whole
from evaluators.rconstraintbench.tightness import tightness
from evaluators.rconstraintbench.verifier import verify

FORMAT = "evolve-rcbench/1"
MOST_INSTANCES = 100_000
MOST_GENERATED_TASKS = 200
"""A ramp of 200 tasks takes some ten seconds to draw."""


@dataclass(frozen=True)
class InstanceSet:
    """Instances that belong together.

    Attributes:
        arguments: what they were generated from.
        generated: instances, witnesses and tightness, by phase, level and index.
    """

    arguments: Arguments
    generated: tuple[GeneratedInstance, ...]

    @cached_property
    def id(self) -> str:
        """Hex SHA-256 of the instances' ids, in order, a line each."""
        return _set_id(g.instance.id for g in self.generated)

    def to_json(self) -> dict[str, Any]:
        """The document."""
        return {
            "format": FORMAT,
            "generator_version": GENERATOR_VERSION,
            "arguments": {
                **asdict(self.arguments), "levels": list(self.arguments.levels), "phases": list(self.arguments.phases)
            },
            "id": self.id,
            "instances": [g.instance.to_json() for g in self.generated],
            "witnesses": {g.instance.id: {str(t): s for t, s in sorted(g.witness.items())} for g in self.generated},
            "tightness": {g.instance.id: asdict(g.tightness) for g in self.generated},
        }  # fmt: skip

    @classmethod
    def from_json(cls, document: Any) -> InstanceSet:
        """The set in a decoded document.

        Raises:
            InstanceError: one sentence saying what is wrong with it; a set whose ids are not those of its instances, or
                a witness that is not feasible, is refused too.
        """
        names = ("format", "generator_version", "arguments", "id", "instances", "witnesses", "tightness")
        found = fields(document, "set", names)
        one_of(found["format"], "format", (FORMAT,))
        arguments = read_arguments(found["arguments"])
        instances = []
        for k, item in enumerate(items(found["instances"], "instances", MOST_INSTANCES)):
            try:
                instances.append(Instance.from_json(item))
            except InstanceError as error:
                raise InstanceError(f"instances[{k}]: {error}") from None
        ids = tuple(instance.id for instance in instances)
        if len(set(ids)) < len(ids):
            raise InstanceError("instances: the same instance is there twice")
        if found["id"] != _set_id(ids):
            raise InstanceError(f"id is {shown(found['id'])}, but that of these instances is {_set_id(ids)}")
        witnesses = fields(found["witnesses"], "witnesses", ids)
        measured = fields(found["tightness"], "tightness", ids)
        generated = tuple(
            GeneratedInstance(
                instance, _witness(instance, witnesses[instance.id]), _tightness(instance, measured[instance.id])
            )
            for instance in instances
        )
        return cls(arguments, generated)


def generate(arguments: Arguments, progress: Callable[[int], None] = lambda ramps: None) -> InstanceSet:
    """Generate a set. Every witness is found feasible by the verifier and, again, by CP-SAT.

    Args:
        arguments: what to generate.
        progress: told after each ramp how many there are.

    Raises:
        LevelError: if the tasks and layers have no room for the highest level, or all greedy rules solve all instances
            of a level in a phase that is no control.
    """
    made: dict[tuple[str, int, int], GeneratedInstance] = {}
    for index in range(1, arguments.per_level + 1):
        ramp = draw_ramp(arguments, index)
        for phase in arguments.phases:
            for level in arguments.levels:
                instance = ramp.instance(phase, level)
                if not verify(instance, ramp.witness).feasible or not cp_sat.accepts(instance, ramp.witness):
                    raise RuntimeError(f"the witness of {instance.name}, seed {arguments.seed}, is not feasible")
                made[phase, level, index] = GeneratedInstance(instance, ramp.witness, tightness(instance))
        progress(index)
    indices = range(1, arguments.per_level + 1)
    for phase in arguments.phases:
        for level in arguments.levels:
            if phase not in CONTROLS and all(made[phase, level, k].tightness.greedy_share == 1 for k in indices):
                raise LevelError(
                    f"level {level} of phase {phase} would show nothing: every greedy rule solves all of it (greedy "
                    "share 1.0); take more tasks, more instances a level, or a smaller slack"
                )
    return InstanceSet(
        arguments, tuple(made[p, k, i] for p in arguments.phases for k in arguments.levels for i in indices)
    )  # fmt: skip


def read_arguments(document: Any) -> Arguments:
    """The arguments in a decoded document, each within its bounds.

    Raises:
        InstanceError: one sentence naming the field.
    """
    found = fields(document, "arguments", tuple(Arguments.__dataclass_fields__))
    levels = tuple(
        whole(item, f"levels[{k}]", 1, MOST_TASKS)
        for k, item in enumerate(items(found["levels"], "levels", MOST_TASKS))
    )
    phases = tuple(one_of(item, "phases", PHASES + ABLATIONS) for item in items(found["phases"], "phases", 100))
    for name, values in (("levels", levels), ("phases", phases)):
        if not values or len(set(values)) < len(values):
            raise InstanceError(f"{name} must not be empty and name nothing twice")
    tasks = whole(found["tasks"], "tasks", 2, MOST_GENERATED_TASKS)
    return Arguments(
        levels=tuple(sorted(levels)),
        per_level=whole(found["per_level"], "per_level", 1, 1_000),
        seed=whole(found["seed"], "seed", 0, LARGEST_SEED),
        phases=phases,
        domain=one_of(found["domain"], "domain", DOMAINS),
        tasks=tasks,
        layers=whole(found["layers"], "layers", 2, tasks),
        slack=whole(found["slack"], "slack", 0, 1_000),
    )


def _set_id(ids: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{each}\n" for each in ids).encode()).hexdigest()


def _witness(instance: Instance, value: Any) -> Schedule:
    where = f"witnesses: that of {instance.name}"
    found = fields(value, where, tuple(str(task.id) for task in instance.tasks))
    schedule = {task.id: found[str(task.id)] for task in instance.tasks}
    violations = verify(instance, schedule).violations
    if violations:
        raise InstanceError(f"{where} is not feasible: {violations[0].text}")
    return schedule


def _tightness(instance: Instance, value: Any) -> Tightness:
    where = f"tightness: that of {instance.name}"
    found = fields(value, where, ("greedy_share", "random_share", "samples"))
    return Tightness(
        share(found["greedy_share"], f"{where}, greedy_share"),
        share(found["random_share"], f"{where}, random_share"),
        whole(found["samples"], f"{where}, samples", 0, 1_000_000),
    )
