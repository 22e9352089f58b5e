"""The end of a campaign: the winner on instances it never saw, beside every published heuristic."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation
from evaluators.judge import Judge
from evaluators.problem import Instance
from evaluators.statistics import mean_interval, paired, ratio_interval
from evaluators.verdicts import Verdict
from evolve.archive.records import find_evaluation
from evolve.campaign.baselines import judge_baselines
from evolve.campaign.store import CampaignStore
from evolve.executors.base import Executor


@dataclass(frozen=True, slots=True)
class Contestant:
    """A heuristic on all test instances, fixed ones first, then the fresh ones.

    Attributes:
        name: of the baseline, or ``winner``.
        entry_point: it defines.
        verdict: ``ok`` or why it has no scores.
        scores: contributions to the first objective, shape (instances,).
        objectives: raw objective values, same shape.
    """

    name: str
    entry_point: str
    verdict: Verdict
    scores: np.ndarray
    objectives: np.ndarray


class TestReport:
    """Judges the winner and all baselines on ``test``. Every use is an event in the archive."""

    __test__ = False  # not a test case, whatever pytest thinks of its name

    def __init__(self, executor: Executor, store: CampaignStore, evaluator: Judge, secret: str) -> None:
        self.executor, self.store, self.evaluator, self.secret = executor, store, evaluator, secret
        self.problem = evaluator.problem
        self.fixed = tuple(self.problem.instances("test"))
        self.fresh: tuple[Instance, ...] = ()
        self.instances: tuple[Instance, ...] = self.fixed

    def baselines(self) -> list[Contestant]:
        """Every baseline of every entry point; also makes the fresh instances."""
        evaluators = [
            self.evaluator if entry is self.evaluator.entry else self.executor.judge(entry)
            for entry in self.problem.spec.entry_points
        ]
        with ThreadPoolExecutor(1, thread_name_prefix="fresh") as executor:
            # Best-known values of fresh instances cost seconds on this side, while the sandbox is at work on the other.
            drawn = executor.submit(self.problem.instances, "test", self.secret)
            fixed = judge_baselines(evaluators, self.store, "test", self.executor.slots)
            self.fresh = tuple(drawn.result()[len(self.fixed) :])
        self.instances = self.fixed + self.fresh
        fresh = judge_baselines(evaluators, self.store, "test", self.executor.slots, self.fresh) if self.fresh else {}
        return [self._contestant(name, entry, fixed[entry, name], fresh.get((entry, name))) for entry, name in fixed]

    def winner(self, candidate: Candidate) -> Contestant:
        """The winner. Each time it is looked at is an event, so that reports can say how often it was."""
        self.store.note("test_used", candidate=candidate.id)
        spec, entry = self.problem.spec, self.evaluator.entry
        parts: list[Evaluation | None] = []
        for instances, override in ((self.fixed, None), (self.fresh, self.fresh)):
            if not instances:
                parts.append(None)
                continue
            set_id = self.store.instance_set("test", instances)
            found = find_evaluation(
                self.store.archive, candidate.id, spec, entry.name, "test", set_id, self.evaluator.environment,
                self.store.campaign_id,
            )  # fmt: skip
            if found is None:
                found = self.evaluator.evaluate(candidate, "test", instances=override)
                self.store.evaluated(found, set_id)
            parts.append(found)
        fixed, fresh = parts
        assert fixed is not None
        return self._contestant("winner", entry.name, fixed, fresh)

    def _contestant(self, name: str, entry_point: str, fixed: Evaluation, fresh: Evaluation | None) -> Contestant:
        found = [fixed] if fresh is None else [fixed, fresh]
        for evaluation in found:
            if not evaluation.ok:
                nothing = np.full(len(self.instances), np.nan)
                return Contestant(name, entry_point, evaluation.verdict, nothing, nothing)
        scores = [e.instance_scores for e in found if e.instance_scores is not None]
        objectives = [e.instance_objectives for e in found if e.instance_objectives is not None]
        return Contestant(name, entry_point, Verdict.OK, np.concatenate(scores), np.concatenate(objectives))

    def document(self, winner: Contestant, baselines: Sequence[Contestant]) -> dict[str, Any]:
        """The ``test`` block."""
        sign = 1.0 if self.problem.spec.objective.direction == "min" else -1.0
        rivals = [b for b in baselines if b.verdict is Verdict.OK]
        mine = [b for b in rivals if b.entry_point == winner.entry_point]
        names = np.array([i.part for i in self.instances])
        everything = np.full(len(names), True)
        document: dict[str, Any] = {
            "verdict": winner.verdict.value,
            "unit": self.problem.spec.objective.unit,
            "direction": self.problem.spec.objective.direction,
            "secret": self.secret,
            "instances": {"fixed": len(self.fixed), "fresh": len(self.fresh)},
            "looked_at": self._looked_at(),
        }
        if winner.verdict is not Verdict.OK:
            return document
        document |= self._block(winner, rivals, everything)
        document["baselines"] = {
            _label(b): {
                "score": float(np.mean(b.scores)),
                "confidence": list(mean_interval(b.scores)),
                "entry_point": b.entry_point,
            }
            for b in rivals
        }
        for key, field in (("paired_vs_best_baseline", mine), ("paired_vs_best_any", rivals)):
            if field:
                best = min(field, key=lambda b: sign * float(np.mean(b.scores)))
                document[key] = {"baseline": _label(best)} | self._versus(winner, best, everything)
        document["parts"] = {part: self._block(winner, rivals, names == part) for part in dict.fromkeys(names.tolist())}
        return document

    def _block(self, winner: Contestant, rivals: Sequence[Contestant], where: np.ndarray) -> dict[str, Any]:
        scores = winner.scores[where]
        return {
            "n": int(where.sum()),
            "proven": int(sum(i.proven for i, chosen in zip(self.instances, where, strict=True) if chosen)),
            "score": float(np.mean(scores)),
            "confidence": list(mean_interval(scores)),
            "versus": {_label(rival): self._versus(winner, rival, where) for rival in rivals},
        }

    def _versus(self, winner: Contestant, rival: Contestant, where: np.ndarray) -> dict[str, Any]:
        comparison = paired(winner.scores[where], rival.scores[where], self.problem.spec.objective.direction)
        ratio, interval = ratio_interval(winner.objectives[where], rival.objectives[where])
        return comparison.as_json() | {
            "score": float(np.mean(rival.scores[where])),
            "ratio_of_sums": ratio,
            "ratio_confidence": list(interval),
        }

    def _looked_at(self) -> int:
        row = self.store.archive.row(
            "SELECT count(*) AS n FROM events WHERE campaign_id = ? AND kind = 'test_used'", (self.store.campaign_id,)
        )
        return int(row["n"]) if row else 0


def _label(contestant: Contestant) -> str:
    return f"{contestant.entry_point}/{contestant.name}"
