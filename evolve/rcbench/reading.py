"""Reading a model's answer: where the schedule is in what it wrote, and whether it is feasible.

What is tolerated: thoughts in tags before the answer, prose and code fences around it, several attempts (the last one
counts), the list without the object around it. What is not: JSON that does not parse, entries of another shape.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from evaluators.rconstraintbench.model import Instance, Schedule
from evaluators.rconstraintbench.verifier import Violation, read_schedule, verify
from evolve.proposers.llm.text import normalised, without_thoughts
from evolve.rcbench.results import Verdict

_LIST = re.compile(r'"schedule"\s*:\s*(?=\[)')
_BARE_LIST = re.compile(r'(?=\[\s*\{\s*"(?:task|start)"\s*:)')
_TRIES = 20
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer came to.

    Attributes:
        verdict: ``feasible``, ``infeasible``, ``format`` or ``refused``.
        schedule: as far as it could be read.
        violations: of the form and of the constraints.
        note: if no schedule was found at all: why; else empty.
    """

    verdict: Verdict
    schedule: Schedule
    violations: tuple[Violation, ...]
    note: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Classes of violation that occur, sorted."""
        return tuple(sorted({v.kind for v in self.violations}))

    @property
    def first_kind(self) -> str | None:
        """Class of the violation that begins earliest; one of form comes before all others."""
        if not self.violations:
            return None
        return min(self.violations, key=lambda v: -1 if v.start is None else v.start).kind


def read_answer(instance: Instance, text: str, finish_reason: str = "stop") -> Reading:
    """The schedule in a model's answer, verified.

    Args:
        instance: that was asked about.
        text: of the answer.
        finish_reason: the provider's word for why it ended.
    """
    entries = _entries(without_thoughts(normalised(text)))
    if entries is None:
        if finish_reason == "content_filter":
            return Reading("refused", {}, (), "the provider's content filter withheld the answer")
        note = _why_not(text, finish_reason)
        return Reading("format", {}, (Violation("FORMAT", (), None, None, None, note),), note)
    schedule, wrong = read_schedule(instance, {"schedule": entries})
    return judge(instance, schedule, wrong)


def judge(instance: Instance, schedule: Schedule, wrong: tuple[Violation, ...] = ()) -> Reading:
    """What a schedule is worth.

    Args:
        instance: that it is for.
        schedule: as far as it could be read.
        wrong: what was wrong with its form.
    """
    violations = (*wrong, *verify(instance, schedule).violations)
    if any(v.kind == "FORMAT" for v in violations):
        return Reading("format", schedule, violations)
    return Reading("infeasible" if violations else "feasible", schedule, violations)


def _entries(text: str) -> list[Any] | None:
    for pattern in (_LIST, _BARE_LIST):
        places = [match.end() for match in pattern.finditer(text)]
        for place in reversed(places[-_TRIES:]):
            try:
                value, _ = _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, list):
                return value
    return None


def _why_not(text: str, finish_reason: str) -> str:
    if finish_reason == "length":
        return "the answer was cut off at the token limit before a whole schedule"
    if not text.strip():
        return "the answer is empty"
    return 'the answer holds no JSON list under "schedule" that parses'
