"""Questions to a model: an instance in one of several wordings, and what it is told to repair an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from evaluators.rconstraintbench.model import Instance
from evolve.data import prompts_folder
from evolve.proposers.llm.prompts import PromptLibrary, Rendered
from evolve.rcbench.reading import Reading

VARIANTS = ("fields", "prose", "table")
"""``fields`` is the field-like description of the published benchmark, as far as that is known."""
_VIOLATIONS_TOLD = 40

ANSWER_SCHEMA: Mapping[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "schedule",
        "strict": True,
        "schema": {
            "type": "object",
            "additionalProperties": False,
            "required": ["schedule"],
            "properties": {
                "schedule": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["task", "start"],
                        "properties": {"task": {"type": "integer"}, "start": {"type": "integer"}},
                    },
                }
            },
        },
    },
}
"""``response_format`` in OpenAI's form, for ``--json-schema``."""


class _Told(NamedTuple):
    """What a model is told of a task; with attributes, as a template tries those of a dictionary first, and fails."""

    id: int
    name: str
    duration: int
    demands: tuple[int, ...]
    needs: list[tuple[str, int]]
    release: int | None
    deadline: int | None
    after: list[int]
    apart: list[int]


class Prompts:
    """The benchmark's templates; thread-safe."""

    def __init__(self) -> None:
        self._library = PromptLibrary(prompts_folder() / "rcbench")

    def question(self, variant: str, instance: Instance) -> Rendered:
        """System message and question."""
        return self._library.render(variant, _context(instance))

    def repair(self, reading: Reading) -> Rendered:
        """What is said of ``reading``; its second message is to be sent."""
        told = reading.violations if not reading.note else ()
        context = {
            "violations": [v.text for v in told[:_VIOLATIONS_TOLD]],
            "left_out": max(0, len(told) - _VIOLATIONS_TOLD),
            "note": reading.note,
        }
        return self._library.render("repair", context)

    def digest(self, variant: str, repairs: int) -> str:
        """Content hash of the templates a run draws on."""
        names = (variant, "repair") if repairs else (variant,)
        return "+".join(self._library.digest(name) for name in names)


def _context(instance: Instance) -> dict[str, Any]:
    after: dict[int, list[int]] = {}
    apart: dict[int, list[int]] = {}
    for before, later in instance.precedences:
        after.setdefault(later, []).append(before)
    for first, second in instance.disjunctive:
        apart.setdefault(first, []).append(second)
        apart.setdefault(second, []).append(first)
    names = [resource.name for resource in instance.resources]
    tasks = [
        _Told(
            task.id, task.name, task.duration, task.demands,
            [(name, amount) for name, amount in zip(names, task.demands, strict=True) if amount],
            task.release, task.deadline, sorted(after.get(task.id, ())), sorted(apart.get(task.id, ())),
        )
        for task in instance.tasks
    ]  # fmt: skip
    return {
        "tasks": tasks,
        "resources": instance.resources,
        "horizon": instance.horizon,
        "precedences": instance.precedences,
        "disjunctive": instance.disjunctive,
        "has_downtime": any(resource.downtimes for resource in instance.resources),
        "has_windows": any(t.release is not None or t.deadline is not None for t in instance.tasks),
    }
