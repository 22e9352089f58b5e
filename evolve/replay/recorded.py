"""What is on record of how a candidate was judged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.evaluation import Evaluation
from evaluators.verdicts import Verdict
from evolve.archive.database import Archive
from evolve.archive.records import read_environment, read_evaluation


@dataclass(frozen=True, slots=True)
class Recorded:
    """One stored evaluation.

    Attributes:
        id: of its row.
        problem, problem_version, entry_point: what was judged.
        trust: where its score comes from.
        campaign, proposal: that asked for it; None where `evolve eval` did.
        seed: of the proposal, or None.
        instance_set: hash of the instances.
        names: of the instances, in order.
        evaluation: what was found.
        facts: of its environment, as far as they were written down.
        facts_complete: whether they all were.
    """

    id: str
    problem: str
    problem_version: str
    entry_point: str
    trust: str
    campaign: str | None
    proposal: str | None
    seed: int | None
    instance_set: str
    names: tuple[str, ...]
    evaluation: Evaluation
    facts: Mapping[str, str]
    facts_complete: bool

    @property
    def judged(self) -> tuple[str, ...]:
        """Names of the instances it has a score on; fewer than ``names`` where racing stopped it."""
        scores = self.evaluation.instance_scores
        if scores is None:
            return ()
        return tuple(name for name, score in zip(self.names, scores, strict=True) if not np.isnan(score))


@dataclass(frozen=True, slots=True)
class RecordedAudit:
    """The audit of a candidate that was to be an elite: the verdict, and the seed that drew orders and names."""

    problem: str
    entry_point: str
    campaign: str
    proposal: str
    seed: int
    verdict: str
    sandbox: str


def recorded_evaluations(
    archive: Archive, candidate_id: str, splits: Sequence[str]
) -> tuple[list[Recorded], dict[str, int]]:
    """The evaluations of a candidate that can be made again, oldest first, and how many were left out, by reason."""
    rows = archive.rows(
        "SELECT e.*, s.scores, s.objectives AS raw, i.names AS instance_names, p.seed AS proposal_seed, "
        "c.capabilities FROM evaluations e LEFT JOIN instance_scores s ON s.evaluation_id = e.id "
        "LEFT JOIN instance_sets i ON i.id = e.instance_set LEFT JOIN proposals p ON p.id = e.proposal_id "
        "LEFT JOIN campaigns c ON c.id = e.campaign_id WHERE e.candidate_id = ? ORDER BY e.rowid",
        (candidate_id,),
    )
    found: list[Recorded] = []
    left_out: Counter[str] = Counter()
    for row in rows:
        if row["split"] == "test":  # each look at it is an event of its own, which repeating must not be
            left_out["on test"] += 1
        elif row["split"] not in splits:
            left_out[f"on {row['split']}"] += 1
        elif row["verdict"] == Verdict.INTERNAL_ERROR.value:
            left_out["failed then for a reason of ours"] += 1
        else:
            facts = read_environment(archive, row["environment"])
            found.append(
                Recorded(
                    id=row["id"],
                    problem=row["problem"],
                    problem_version=row["problem_version"],
                    entry_point=row["entry_point"],
                    trust=row["trust"],
                    campaign=row["campaign_id"],
                    proposal=row["proposal_id"],
                    seed=row["proposal_seed"],
                    instance_set=row["instance_set"],
                    names=tuple(json.loads(row["instance_names"] or "[]")),
                    evaluation=read_evaluation(row),
                    facts=_of_capabilities(row["capabilities"]) if facts is None else facts,
                    facts_complete=facts is not None,
                )
            )
    return found, dict(left_out)


def _of_capabilities(capabilities: str | None) -> dict[str, str]:
    """The facts of an environment that a campaign's own row tells."""
    if capabilities is None:
        return {}
    known = json.loads(capabilities)
    return {
        "sandbox": f"{known['backend']} {known['version']} ({known['isolation']})",
        "memory_limit": known["memory"],
    }


def recorded_audits(archive: Archive, candidate_id: str) -> list[RecordedAudit]:
    """The audits of a candidate that came to a verdict."""
    rows = archive.rows(
        "SELECT c.problem, c.entry_point, l.campaign_id, l.proposal_id, p.seed, l.audit, "
        "json_extract(c.capabilities, '$.backend') AS backend FROM elites l JOIN campaigns c ON c.id = l.campaign_id "
        "JOIN proposals p ON p.id = l.proposal_id WHERE l.candidate_id = ? AND l.audit NOT IN ('', ?) ORDER BY l.rowid",
        (candidate_id, Verdict.INTERNAL_ERROR.value),
    )
    return [RecordedAudit(*tuple(row)) for row in rows]
