"""How far up a candidate has come whose score is a running time, and the parallelism it may be asked for.

A failed candidate has no score. What it has is its progress, a number from 0 to 1: the rung it stands on, and of the
next rung the share it has earned where that can be told. It ranks nobody; it tells who mends the candidate whether the
last change was one for the better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluators.checking import INPUTS, PASSED
from evaluators.declaration import SPLITS, ProblemSpec
from evaluators.evaluation import PROGRESS, Evaluation, StageResult
from evaluators.toolchains.base import PARALLELISM
from evaluators.verdicts import Verdict

_ON_THE_CLOCK: dict[str, float] = dict.fromkeys(SPLITS, 0.6)
RUNGS = {"build": 0.2, "smoke": 0.4, **_ON_THE_CLOCK, "memory": 0.8, "races": 1.0}
"""Progress of a candidate that has passed a stage; what a problem leaves out is a rung nobody stands on."""
MEASURED_IN = "races"
"""The stage in which work and span are."""
_RUNG = 0.2
"""From one rung to the next."""


def progress(spec: ProblemSpec, stages: Sequence[StageResult]) -> float:
    """Of a candidate that failed in the last of ``stages``, from 0 to 1.

    It is that of the highest stage passed. To it comes, if it failed among the check inputs, the share of them that it
    answers rightly, and if it is short of the parallelism ``spec`` demands, the share of that which it has, a rung
    being one fifth.
    """
    passed = max((RUNGS.get(stage.name, 0.0) for stage in stages if stage.verdict is Verdict.OK), default=0.0)
    last = stages[-1]
    share = 0.0
    if last.facts.get(INPUTS):
        share = last.facts[PASSED] / last.facts[INPUTS]
    elif last.verdict is Verdict.REJECTED and PARALLELISM in last.facts and spec.timing and spec.timing.parallelism:
        share = min(1.0, last.facts[PARALLELISM] / spec.timing.parallelism)
    return round(passed + _RUNG * share, 6)


def rated(spec: ProblemSpec, stages: tuple[StageResult, ...]) -> tuple[StageResult, ...]:
    """The stages, with the progress of the candidate if it failed in the last of them by its own fault."""
    last = stages[-1]
    if spec.timing is None or last.verdict in (Verdict.OK, Verdict.INTERNAL_ERROR):
        return stages
    made = 0.0 if last.verdict is Verdict.TAMPERING else progress(spec, stages)
    past = ", ".join(stage.name for stage in stages if stage.verdict is Verdict.OK)
    said = f"{last.feedback}\nprogress {made:.2f} of 1: it has passed {past}" if made else last.feedback
    return (*stages[:-1], replace(last, feedback=said, facts={**last.facts, PROGRESS: made}))


def is_parallel_enough(spec: ProblemSpec, evaluation: Evaluation) -> bool:
    """Whether a candidate that was judged ``ok`` has the parallelism its problem demands.

    False of published baselines only, for any other candidate would not be ``ok``: they are yardsticks and parents, and
    cannot be what a campaign has found.
    """
    demand = spec.timing.parallelism if spec.timing is not None else None
    if demand is None:
        return True
    return any(stage.facts.get(PARALLELISM, 0.0) >= demand for stage in evaluation.stages)


def demanded(spec: ProblemSpec, stage: StageResult, exempt: bool) -> StageResult:
    """What becomes of a passed stage in which work and span were measured, if the problem demands parallelism.

    Args:
        spec: of the problem.
        stage: any.
        exempt: True of the problem's own baselines, which keep their verdict.
    """
    demand = spec.timing.parallelism if spec.timing is not None else None
    measured = stage.name == MEASURED_IN and stage.verdict is Verdict.OK
    if demand is None or not measured or stage.facts.get(PARALLELISM, 0.0) >= demand:
        return stage
    if PARALLELISM in stage.facts:
        found = f"its parallelism, work divided by span, is {stage.facts[PARALLELISM]:.3g}"
    else:
        found = "its work and span cannot be measured, for it makes threads of its own or takes locks"
    told = (
        f"{found}; this problem demands at least {demand:g}. Serial code around a decorative parallel_for earns nothing"
    )
    said = f"{stage.feedback}\n{told}".strip()
    return replace(stage, verdict=stage.verdict if exempt else Verdict.REJECTED, feedback=said)
