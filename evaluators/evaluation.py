"""What an evaluation found: candidate x problem version x split x environment x repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaluators.declaration import Split
from evaluators.problem import Judged, Problem
from evaluators.verdicts import Verdict
from sandboxes import Outcome

PROGRESS = "progress"
"""The fact of the last stage that says how far a failed candidate came, from 0 to 1 (:mod:`evaluators.ladder`)."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """One step of the cascade.

    Attributes:
        name: of the stage.
        verdict: ``ok``, or how it ended.
        seconds: that it took.
        feedback: what a proposer is told.
        facts: numbers found out on the way, such as work and span.
    """

    name: str
    verdict: Verdict
    seconds: float
    feedback: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON document."""
        said: dict[str, Any] = {
            "name": self.name, "verdict": self.verdict.value, "seconds": round(self.seconds, 6)
        }  # fmt: skip
        if self.feedback:
            said["feedback"] = self.feedback
        if self.facts:
            said["facts"] = dict(self.facts)
        return said


@dataclass(frozen=True, slots=True)
class Resources:
    """What the sandbox measured, summed over the jobs of an evaluation (peak memory: the largest)."""

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_memory_bytes: int = 0
    orphans_killed: int = 0
    oom_kills: int = 0

    def plus(self, other: Outcome | Resources) -> Resources:
        """With one more job, or several."""
        return Resources(
            self.cpu_seconds + other.cpu_seconds,
            self.wall_seconds + other.wall_seconds,
            max(self.peak_memory_bytes, other.peak_memory_bytes),
            self.orphans_killed + other.orphans_killed,
            self.oom_kills + other.oom_kills,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON document."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judgement of one candidate on one split.

    Attributes:
        candidate_id: of the candidate.
        split: ``train``, ``validation`` or ``test``.
        verdict: the first that is not ``ok``, or ``ok``.
        stage: the last stage reached.
        score: mean over instances of the first objective; None unless ``ok``. If ``complete`` is False it is the score
            of the bar plus the mean paired difference on the instances tried.
        confidence: 95 % bootstrap interval of ``score`` over instances, of running times over pairs of runs; None if
            instances were left out.
        values: objective name -> mean.
        instance_scores: contributions to the score, shape (instances,); NaN where raced out; None unless ``ok``.
        instance_objectives: raw objective values, same shape.
        complete: False if racing stopped it.
        stages: what each stage said.
        feedback: what a proposer is told.
        resources: what the sandbox measured.
        decisions_digest: SHA-256 of all responses, empty if not complete.
        sandbox: backend.
        environment: hash of the machine and libraries it ran on.
    """

    candidate_id: str
    split: str
    verdict: Verdict
    stage: str
    score: float | None = None
    confidence: tuple[float, float] | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    instance_scores: np.ndarray | None = None
    instance_objectives: np.ndarray | None = None
    complete: bool = True
    stages: tuple[StageResult, ...] = ()
    feedback: str = ""
    resources: Resources = field(default_factory=Resources)
    decisions_digest: str = ""
    sandbox: str = ""
    environment: str = ""

    @property
    def ok(self) -> bool:
        """Whether it passed every stage it ran."""
        return self.verdict is Verdict.OK

    @property
    def progress(self) -> float | None:
        """How far it came, from 0 to 1; None if it did not fail, or its score is no running time."""
        return self.stages[-1].facts.get(PROGRESS) if self.stages else None


def told(problem: Problem, evaluation: Evaluation) -> str:
    """Where a correct candidate loses most, as the problem and the stages put it; of ``test`` nothing is told."""
    scores, objectives = evaluation.instance_scores, evaluation.instance_objectives
    split: Split = "train" if evaluation.split == "train" else "validation"
    if evaluation.split != split or scores is None or objectives is None or not evaluation.complete:
        return ""
    if evaluation.feedback:  # of an evaluator that has words of its own
        return evaluation.feedback
    judged = [Judged(float(objective), float(score)) for objective, score in zip(objectives, scores, strict=True)]
    said = [problem.feedback(problem.instances(split), judged), *(stage.feedback for stage in evaluation.stages)]
    return "\n".join(filter(None, said))
