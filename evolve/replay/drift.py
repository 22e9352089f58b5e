"""Judging an archived candidate again as it was judged then, and telling what has drifted.

A result drifts if the verdict is another one, if the score of an instance is, or, where scores are running times, if
the interval measured now does not overlap the one measured then. A changed environment or problem version is told
beside it: it may explain a drift and is none by itself. Nothing is written to the archive.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evaluators.audit.elites import EliteAudit
from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.declaration import Split
from evaluators.evaluation import Evaluation
from evaluators.problem import Instance, Problem
from evaluators.registry import load_problem
from evaluators.toolchains.parlaylib import FACT, ParlayLib
from evaluators.verdicts import Verdict
from evolve.archive.database import Archive
from evolve.archive.queries import problem_place
from evolve.archive.records import instance_set_id
from evolve.campaign.session import check_machine
from evolve.replay.recorded import Recorded, recorded_audits, recorded_evaluations
from sandboxes.interface import SandboxUnavailableError
from sandboxes.pool import SandboxPool, open_pool

SPLITS = ("train", "validation")
ROUNDING = 1e-9
"""Relative difference of two scores up to which they count as equal: another processor may add in another order."""
WORST = 5
"""Instances shown of those that differ."""


class ReplayError(ValueError):
    """A candidate cannot be judged again; the message is one sentence."""


def drift_of(
    archive: Archive,
    candidate: Candidate,
    splits: Sequence[str],
    say: Callable[[str], None],
    library: ParlayLib | None = None,
) -> dict[str, Any]:
    """Judge ``candidate`` again for each of its evaluations on record; the document of `evolve replay --json`.

    Args:
        archive: where it and its evaluations are.
        candidate: to be judged.
        splits: of ``SPLITS``, those wanted. With ``validation`` come the audits of elites.
        say: told what is being done.
        library: a ParlayLib, for evaluations that were timed with one.

    Raises:
        ReplayError, CampaignError, TableError, UnknownProblemError, SandboxUnavailableError: one sentence each.
    """
    recorded, left_out = recorded_evaluations(archive, candidate.id, splits)
    audits = recorded_audits(archive, candidate.id) if "validation" in splits else []
    if not recorded and not audits:
        others = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise ReplayError(
            f"{archive.path}: candidate {candidate.id[:12]} has no evaluation on {' or '.join(splits)} to repeat"
            + (f" (there are others: {others})" if others else "")
        )
    with contextlib.ExitStack() as stack:
        judge = _Judge(archive, candidate, stack, say, library)
        evaluations = [judge.evaluation(one) for one in recorded]
        for audit in audits:
            now = judge.audit(audit.problem, audit.entry_point, audit.sandbox, audit.seed)
            evaluations.append(
                {
                    "split": "audit", "problem": audit.problem, "entry_point": audit.entry_point,
                    "campaign": audit.campaign, "proposal": audit.proposal, "seed": audit.seed,
                    "drift": _verdict_drift(audit.verdict, now), "then": {"verdict": audit.verdict},
                    "now": {"verdict": now},
                }
            )  # fmt: skip
    outcome = Counter(_outcome(one) for one in evaluations)
    return {
        "candidate": candidate.id,
        "archive": str(archive.path),
        "same": outcome["same"],
        "drifted": outcome["drifted"],
        "not_judged": outcome["not judged"],
        "left_out": left_out,
        "evaluations": evaluations,
    }


def _outcome(one: dict[str, Any]) -> str:
    return "not judged" if one["drift"] is None else "drifted" if one["drift"] else "same"


def _verdict_drift(then: str, now: str) -> list[str] | None:
    if now == Verdict.INTERNAL_ERROR.value:
        return None
    return [] if then == now else ["verdict"]


class _Judge:
    """Judges one candidate again; problems and sandboxes are opened once and as they are needed."""

    def __init__(
        self, archive: Archive, candidate: Candidate, stack: contextlib.ExitStack, say: Callable[[str], None],
        library: ParlayLib | None,
    ) -> None:  # fmt: skip
        self.archive, self.candidate, self._stack, self._say = archive, candidate, stack, say
        self._library = library
        self._problems: dict[str, Problem] = {}
        self._pools: dict[tuple[str, str], SandboxPool] = {}
        self._evaluators: dict[tuple[str, str, str, bool], Evaluator] = {}
        self._judged: dict[tuple[Any, ...], Evaluation] = {}

    def evaluation(self, then: Recorded) -> dict[str, Any]:
        """One evaluation made again, and how the two compare."""
        library = self._library if FACT in then.facts else None
        evaluator = self._evaluator(then.problem, then.entry_point, then.evaluation.sandbox, library)
        split: Split = "train" if then.evaluation.split == "train" else "validation"
        everything = evaluator.problem.instances(split)
        wanted = set(then.judged)
        # Whom racing stopped is judged on the instances that it had come to.
        chosen = everything if then.evaluation.complete else [i for i in everything if i.name in wanted]
        now = None
        if chosen:
            now = self._again(evaluator, then, split, None if then.evaluation.complete else tuple(chosen))
        return _compared(then, now, evaluator, [i.name for i in chosen], instance_set_id(everything))

    def audit(self, problem: str, entry_point: str, sandbox: str, seed: int) -> str:
        """The verdict of the audit with this seed."""
        evaluator = self._evaluator(problem, entry_point, sandbox)
        if "audit" not in evaluator.problem.spec.stages:
            return Verdict.OK.value  # as it is for a campaign
        self._say(f"auditing it as an elite of {problem}")
        return EliteAudit(evaluator).run(self.candidate, "train", seed).verdict.value

    def _again(
        self, evaluator: Evaluator, then: Recorded, split: Split, instances: tuple[Instance, ...] | None
    ) -> Evaluation:
        stages = tuple(stage.name for stage in then.evaluation.stages) if then.evaluation.ok else None
        key = (id(evaluator), split, stages, None if instances is None else then.judged)
        if key not in self._judged:
            self._say(f"judging it on {split} of {then.problem}")
            self._judged[key] = evaluator.evaluate(self.candidate, split, instances=instances, stages=stages)
        return self._judged[key]

    def _evaluator(self, problem: str, entry_point: str, sandbox: str, library: ParlayLib | None = None) -> Evaluator:
        key = (problem, entry_point, sandbox, library is not None)
        if key not in self._evaluators:
            loaded = self._problem(problem)
            try:
                entry = loaded.spec.entry_point(entry_point)
            except KeyError as error:
                raise ReplayError(str(error.args[0])) from None
            pool = self._pool(loaded, sandbox)
            check_machine(loaded, pool)
            self._evaluators[key] = Evaluator(loaded, pool, entry, library)
        return self._evaluators[key]

    def _problem(self, name: str) -> Problem:
        if name not in self._problems:
            self._problems[name] = load_problem(problem_place(self.archive, name))
        return self._problems[name]

    def _pool(self, problem: Problem, recorded: str) -> SandboxPool:
        """A sandbox of the kind that was used then, or of whichever there is here."""
        name, visible = problem.spec.name, problem.spec.requires.visible
        if (name, recorded) not in self._pools:
            try:
                pool = open_pool(recorded or "auto", slots=1, **visible)
            except SandboxUnavailableError as error:
                self._say(f"not in {recorded} as then: {error}")
                pool = open_pool("auto", slots=1, **visible)
            self._pools[name, recorded] = self._stack.enter_context(pool)
        return self._pools[name, recorded]


def _compared(
    then: Recorded, now: Evaluation | None, evaluator: Evaluator, names: Sequence[str], instance_set: str
) -> dict[str, Any]:
    """What there is to say of an evaluation then and now; ``names`` are those of the instances judged now."""
    spec, before = evaluator.problem.spec, then.evaluation
    changes = {
        fact: [then.facts[fact], evaluator.facts.get(fact)]
        for fact in then.facts
        if then.facts[fact] != evaluator.facts.get(fact)
    }
    document: dict[str, Any] = {
        "evaluation": then.id,
        "problem": then.problem,
        "entry_point": then.entry_point,
        "split": before.split,
        "trust": then.trust,
        "campaign": then.campaign,
        "proposal": then.proposal,
        "seed": then.seed,
        "raced_out": not before.complete,
        "then": _side(before, then.problem_version, before.environment, then.instance_set, then.judged),
        "now": None,
        "environment_changes": changes,
        "environment_facts_known": then.facts_complete or before.environment == evaluator.environment,
        "instances": None,
        "intervals_overlap": None,
        "drift": None,
    }
    if now is None:
        return document | {"note": "none of the instances it was judged on is there any more"}
    document["now"] = _side(now, spec.version, evaluator.environment, instance_set, names)
    drift = _verdict_drift(before.verdict.value, now.verdict.value)
    if drift is None:
        return document | {"note": now.feedback}
    if before.instance_scores is not None and now.instance_scores is not None:
        old = dict(zip(then.names, before.instance_scores.tolist(), strict=True))
        new = dict(zip(names, now.instance_scores.tolist(), strict=True))
        document["instances"] = instances = _instances({name: old[name] for name in then.judged}, new)
        if spec.timing is not None and before.confidence and now.confidence:
            document["intervals_overlap"] = overlap = _overlap(before.confidence, now.confidence)
            drift += [] if overlap else ["score"]
        else:
            drift += ["score"] if instances["differing"] else []
        drift += ["instances"] if instances["compared"] < len(then.judged) else []
    return document | {"drift": drift}


def _side(
    evaluation: Evaluation, version: str, environment: str, instance_set: str, names: Sequence[str]
) -> dict[str, Any]:
    score, scores = evaluation.score, evaluation.instance_scores
    if not evaluation.complete and scores is not None:
        # On record is an estimate for the whole split, made with the bar it was raced against; what can be repeated
        # is the mean of the instances it had come to.
        score = float(np.nanmean(scores))
    return {
        "verdict": evaluation.verdict.value,
        "stage": evaluation.stage,
        "score": score,
        "confidence": None if evaluation.confidence is None else list(evaluation.confidence),
        "instances": len(names),
        "instance_set": instance_set,
        "decisions": evaluation.decisions_digest or None,
        "problem_version": version,
        "environment": environment,
        "sandbox": evaluation.sandbox,
        "cpu_seconds": evaluation.resources.cpu_seconds,
    }


def _instances(then: dict[str, float], now: dict[str, float]) -> dict[str, Any]:
    """How many scores differ of the instances judged both times, and by how much."""
    differing = sorted(_differing(then, now), key=lambda row: -row["difference"])
    return {
        "compared": len(then.keys() & now.keys()),
        "differing": len(differing),
        "largest_difference": differing[0]["difference"] if differing else 0.0,
        "worst": differing[:WORST],
    }


def _differing(then: dict[str, float], now: dict[str, float]) -> Iterator[dict[str, Any]]:
    for name, score in then.items():
        if name in now and not math.isclose(score, now[name], rel_tol=ROUNDING, abs_tol=ROUNDING):
            yield {"name": name, "then": score, "now": now[name], "difference": abs(now[name] - score)}


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
