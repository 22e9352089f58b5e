"""How a candidate stands against published heuristics, instance by instance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluators.baselines import baselines
from evaluators.declaration import Direction, ProblemSpec
from evaluators.statistics import Paired, mean_interval, measured, paired
from evolve.archive.database import Archive
from evolve.archive.declared import spec_of
from evolve.archive.records import read_array


@dataclass(frozen=True, slots=True)
class Rival:
    """A published heuristic on the same instances.

    Attributes:
        name: of it.
        candidate: id of its program.
        score: mean over the instances.
        confidence: 95 % interval of it.
        scores: on each instance.
        difference: mean of the candidate's scores less these, where the candidate has one on each instance.
        difference_confidence: its 95 % interval, instances paired; of scores that are times, over repeated runs.
        comparison: what the candidate is: ``better``, ``worse`` or ``indistinguishable``; empty where it has not all.
    """

    name: str
    candidate: str
    score: float
    confidence: tuple[float, float]
    scores: tuple[float | None, ...]
    difference: float | None
    difference_confidence: tuple[float, float] | None
    comparison: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate's scores on the instances of a split.

    Attributes:
        candidate, problem, entry_point, split: of what.
        direction: ``min`` or ``max``: which scores are better.
        unit: of the scores.
        instances: names.
        parts: which part of the split each is of.
        best_known: objective value of each instance, or None.
        scores: of the candidate; None where racing stopped it.
        objectives: its values of the objective that the scores are computed from.
        rivals: in the order declared; none where the problem can no longer be found.
        evaluation: id of the evaluation.
    """

    candidate: str
    problem: str
    entry_point: str
    split: str
    direction: Direction
    unit: str
    instances: tuple[str, ...]
    parts: tuple[str, ...]
    best_known: tuple[float | None, ...]
    scores: tuple[float | None, ...]
    objectives: tuple[float | None, ...]
    rivals: tuple[Rival, ...]
    evaluation: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


_SCORED = (
    "SELECT e.*, s.scores, s.objectives AS raw FROM evaluations e CROSS JOIN instance_scores s "
    "ON s.evaluation_id = e.id WHERE e.candidate_id = ?1 "
)


def standings(archive: Archive, candidate_id: str, splits: Sequence[str] = ("train", "validation", "test")) -> tuple[
    Standing, ...
]:  # fmt: skip
    """A candidate's standings: one for each set of instances it was judged on, the fullest evaluation of each.

    Args:
        archive: where.
        candidate_id: whole id.
        splits: to be looked at.
    """
    found: dict[tuple[str, ...], Any] = {}
    for row in archive.rows(
        _SCORED + "ORDER BY e.complete DESC, e.rowid LIMIT 100",
        (candidate_id,),
    ):
        key = tuple(row[name] for name in ("problem", "problem_version", "entry_point", "split", "instance_set"))
        found.setdefault(key, row)
    kept = [row for row in found.values() if row["split"] in splits]
    return tuple(_standing(archive, row) for row in sorted(kept, key=lambda row: splits.index(row["split"])))


def _standing(archive: Archive, row: Any) -> Standing:
    known = archive.row("SELECT names, parts, best_known FROM instance_sets WHERE id = ?", (row["instance_set"],))
    names, parts, best = ([], [], []) if known is None else (json.loads(text) for text in known)
    spec, scores = spec_of(archive, row["problem"]), read_array(row["scores"])
    return Standing(
        candidate=row["candidate_id"],
        problem=row["problem"],
        entry_point=row["entry_point"],
        split=row["split"],
        direction="min" if spec is None else spec.objective.direction,
        unit="" if spec is None else spec.objective.unit,
        instances=tuple(names),
        parts=tuple(parts),
        best_known=tuple(best),
        scores=_plain(scores),
        objectives=_plain(read_array(row["raw"])),
        rivals=() if spec is None else tuple(_rivals(archive, row, spec, scores)),
        evaluation=row["id"],
    )


def _rivals(archive: Archive, mine: Any, spec: ProblemSpec, scores: np.ndarray) -> list[Rival]:
    found = []
    entry = next((entry for entry in spec.entry_points if entry.name == mine["entry_point"]), None)
    for name, candidate in ({} if entry is None else baselines(spec, entry)).items():
        row = archive.row(
            _SCORED + "AND e.problem_version = ?2 AND e.entry_point = ?3 AND e.split = ?4 AND e.instance_set = ?5 "
            "AND e.complete = 1 ORDER BY e.environment IS NOT ?6, e.proposal_id IS NOT NULL, e.rowid LIMIT 1",
            (
                candidate.id, mine["problem_version"], mine["entry_point"], mine["split"], mine["instance_set"],
                mine["environment"],
            ),
        )  # fmt: skip
        if row is None or candidate.id == mine["candidate_id"]:
            continue
        theirs = read_array(row["scores"])
        versus = _versus(spec, mine, scores, row, theirs)
        found.append(
            Rival(
                name=name,
                candidate=candidate.id,
                score=row["score"],
                confidence=(row["low"], row["high"]) if row["low"] is not None else mean_interval(theirs),
                scores=_plain(theirs),
                difference=None if versus is None else versus.difference,
                difference_confidence=None if versus is None else versus.confidence,
                comparison="" if versus is None else versus.comparison.value,
            )
        )
    return found


def _versus(spec: ProblemSpec, mine: Any, ours: np.ndarray, other: Any, theirs: np.ndarray) -> Paired | None:
    """The comparison that suits the scores; None where one of the two has none on some instance."""
    if ours.shape != theirs.shape or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None
    if spec.timing is None:
        return paired(ours, theirs, spec.objective.direction)
    if mine["low"] is None or other["low"] is None:
        return None
    intervals = (mine["low"], mine["high"]), (other["low"], other["high"])
    return measured(ours, intervals[0], theirs, intervals[1], spec.objective.direction)


def _plain(values: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(value) if np.isfinite(value) else None for value in values)
