"""What is on record of one campaign: what a resume reads, and what reports are made from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.candidate import Candidate
from evolve.archive.database import Archive
from evolve.archive.records import read_array, read_candidate
from evolve.proposers.base import Member, Observation
from evolve.selection.islands import Move


@dataclass(slots=True)
class Draft:
    """A proposal in flight: its row, and the candidate once there is one."""

    id: str
    ordinal: int
    seed: int
    node: str
    turn: int
    parents: tuple[str, ...]
    pool: tuple[str, ...]
    operator: str = ""
    candidate: Candidate | None = None
    genome: str | None = None
    failure: str = ""
    verdict: str = ""
    stage: str = ""
    evaluations: int = 0
    asked: str = ""
    remark: str = ""


_OBSERVED = (
    "SELECT p.ordinal, p.genome, p.verdict, p.status, p.score, p.asked, p.remark, c.files, s.scores, "
    "(SELECT q.score FROM parents f JOIN proposals q ON q.candidate_id = f.candidate_id "
    "AND q.campaign_id = p.campaign_id AND q.score IS NOT NULL WHERE f.proposal_id = p.id AND p.asked != '' "
    "ORDER BY f.position, q.ordinal LIMIT 1) AS parent_score, "
    "(SELECT g.files FROM parents f JOIN candidates g ON g.id = f.candidate_id WHERE f.proposal_id = p.id "
    "AND p.asked != '' ORDER BY f.position LIMIT 1) AS parent_files, "
    "(SELECT l.model FROM llm_calls l WHERE l.proposal_id = p.id AND p.asked != '' "
    "ORDER BY l.turn, l.state != 'answered', l.rowid LIMIT 1) AS model, "
    "(SELECT count(*) FROM llm_calls l WHERE l.proposal_id = p.id AND p.asked != '') AS calls, "
    "(SELECT sum(l.cost_nusd) FROM llm_calls l WHERE l.proposal_id = p.id AND p.asked != '') AS nusd "
    "FROM proposals p LEFT JOIN candidates c ON c.id = p.candidate_id LEFT JOIN evaluations e ON e.proposal_id = p.id "
    "AND +e.candidate_id = p.candidate_id AND e.split = 'train' LEFT JOIN instance_scores s ON s.evaluation_id = e.id"
)


def _source(files: str | None) -> str:
    return "" if files is None else next(iter(json.loads(files).values()))


def _observation(row: sqlite3.Row) -> Observation:
    return Observation(
        row["ordinal"],
        _source(row["files"]),
        row["genome"],
        "duplicate" if row["status"] == "duplicate" else row["verdict"],
        row["score"],
        None if row["scores"] is None else read_array(row["scores"]),
        asked=row["asked"] or "",
        model=row["model"] or "",
        remark=row["remark"] or "",
        parent_score=row["parent_score"],
        parent_source=_source(row["parent_files"]),
        calls=row["calls"],
        nusd=row["nusd"] or 0,
    )


def winner_document(row: sqlite3.Row, entry_point: str, file: str) -> dict[str, Any]:
    """The ``winner`` of a campaign's document.

    Args:
        row: of :meth:`CampaignHistory.best_validated`.
        entry_point: name of the function evolved.
        file: of the candidate, that defines it.
    """
    return {
        "candidate": row["candidate_id"],
        "entry_point": entry_point,
        "proposal": row["ordinal"],
        "language": row["language"],
        "source": json.loads(row["files"])[file],
        "genome": row["genome"],
        "train": row["train"],
        "validation": {"score": row["validation"], "confidence": [row["low"], row["high"]]},
        "audit": row["audit"],
    }


class CampaignHistory:
    """The rows of one campaign, read."""

    def __init__(self, archive: Archive, campaign_id: str | None) -> None:
        self.archive, self.campaign_id = archive, campaign_id

    def seeds(self) -> list[Candidate]:
        """The sources the campaign started from, in their order."""
        rows = self.archive.rows(
            "SELECT c.* FROM proposals p JOIN candidates c ON c.id = p.candidate_id "
            "WHERE p.campaign_id = ? AND p.ordinal <= 0 ORDER BY p.ordinal DESC",
            (self.campaign_id,),
        )
        return [read_candidate(row) for row in rows]

    def unfinished(self) -> list[Draft]:
        """Proposals whose life was cut off, oldest first."""
        rows = self.archive.rows(
            "SELECT p.*, c.language, c.files FROM proposals p LEFT JOIN candidates c ON c.id = p.candidate_id "
            "WHERE p.campaign_id = ? AND p.node != 'done' ORDER BY p.ordinal",
            (self.campaign_id,),
        )
        drafts = []
        for row in rows:
            context = json.loads(row["context"])
            drafts.append(
                Draft(
                    id=row["id"],
                    ordinal=row["ordinal"],
                    seed=row["seed"],
                    node=row["node"],
                    turn=row["turn"],
                    parents=tuple(context["parents"]),
                    pool=tuple(context["pool"]),
                    operator=row["operator"],
                    candidate=read_candidate(row) if row["candidate_id"] else None,
                    genome=row["genome"],
                    failure=row["failure"],
                    verdict=row["verdict"],
                    evaluations=row["evaluations"],
                    asked=row["asked"] or "",
                    remark=row["remark"] or "",
                )
            )
        return drafts

    def missing(self, last: int) -> list[int]:
        """Ordinals up to ``last`` of which nothing is on record: they had begun when the campaign was cut off."""
        own = (self.campaign_id,)
        row = self.archive.row("SELECT count(*) AS n FROM proposals WHERE campaign_id = ? AND ordinal > 0", own)
        if row is None or row["n"] == last:
            return []
        rows = self.archive.rows("SELECT ordinal FROM proposals WHERE campaign_id = ? AND ordinal > 0", own)
        return sorted(set(range(1, last + 1)) - {row["ordinal"] for row in rows})

    def counts(self) -> dict[str, int]:
        """Proposals by what became of them, and evaluations done."""
        row = self.archive.row(
            "SELECT count(*) AS proposals, coalesce(max(ordinal), 0) AS last, "
            "coalesce(sum(evaluations), 0) AS evaluations, sum(status = 'evaluated') AS evaluated, "
            "sum(status = 'duplicate') AS duplicate, sum(status = 'rejected') AS rejected, "
            "sum(status = 'failed') AS failed, sum(status = 'unpaid') AS unpaid "
            "FROM proposals WHERE campaign_id = ? AND +ordinal > 0",  # counted in an index that has all of it
            (self.campaign_id,),
        )
        assert row is not None
        return {key: int(row[key] or 0) for key in row.keys()}  # noqa: SIM118 (a Row iterates over values)

    def verdict_counts(self) -> dict[str, int]:
        """Verdict -> finished proposals."""
        rows = self.archive.rows(
            "SELECT verdict, count(*) AS n FROM proposals WHERE campaign_id = ? AND ordinal > 0 AND node = 'done' "
            "AND verdict != '' GROUP BY verdict",
            (self.campaign_id,),
        )
        return {row["verdict"]: row["n"] for row in rows}

    def members(self, ids: Sequence[str] | None = None) -> list[Member]:
        """The living population, or the named candidates, as members."""
        # From the few there are to their rows, in this order: a campaign may have had a hundred thousand members.
        some, which, given = (
            ("members m", "m.alive = 1", ()) if ids is None
            else ("json_each(?2) j CROSS JOIN members m", "m.candidate_id = j.value", (json.dumps(list(ids)),))
        )  # fmt: skip
        rows = self.archive.rows(
            "SELECT m.candidate_id, m.score, p.genome, p.ordinal, c.files, s.scores, e.feedback, e.objectives, "  # noqa: S608
            "e.cpu_seconds, l.validation "
            f"FROM {some} CROSS JOIN proposals p ON p.id = m.proposal_id "
            "CROSS JOIN candidates c ON c.id = m.candidate_id CROSS JOIN evaluations e ON e.proposal_id = p.id "
            "AND e.split = 'train' AND +e.candidate_id = m.candidate_id "
            "CROSS JOIN instance_scores s ON s.evaluation_id = e.id "
            "LEFT JOIN elites l ON l.campaign_id = ?1 AND l.candidate_id = m.candidate_id "
            f"WHERE m.campaign_id = ?1 AND {which} ORDER BY p.ordinal",
            (self.campaign_id, *given),
        )
        return [
            Member(
                candidate_id=row["candidate_id"],
                source=next(iter(json.loads(row["files"]).values())),
                score=row["score"],
                instance_scores=read_array(row["scores"]),
                genome=row["genome"],
                feedback=row["feedback"],
                validation=row["validation"],
                ordinal=row["ordinal"],
                objectives=json.loads(row["objectives"]),
                cpu_seconds=row["cpu_seconds"],
            )
            for row in rows
        ]

    def homes(self) -> dict[str, int]:
        """Living member -> bits of the islands it lives on."""
        rows = self.archive.rows(
            "SELECT m.candidate_id, m.homes, m.island, p.ordinal FROM members m "
            "JOIN proposals p ON p.id = m.proposal_id WHERE m.campaign_id = ? AND m.alive = 1",
            (self.campaign_id,),
        )
        # Archives of earlier releases know the island of birth only; those a campaign started from were on every one.
        return {row["candidate_id"]: row["homes"] or (1 << row["island"] if row["ordinal"] > 0 else -1) for row in rows}

    def moves(self) -> list[Move]:
        """When members went from island to island, and which islands began anew."""
        rows = self.archive.rows(
            "SELECT kind, data FROM events WHERE campaign_id = ? AND kind IN ('migrated', 'reset') ORDER BY id",
            (self.campaign_id,),
        )
        found = [(row["kind"], json.loads(row["data"])) for row in rows]
        return [Move(kind, data["ordinal"], data["island"]) for kind, data in found]

    def observations(self, last: int) -> list[Observation]:
        """The last judged proposals, oldest first; of those somebody was asked for also the rejected and duplicates."""
        rows = self.archive.rows(
            f"{_OBSERVED} WHERE p.campaign_id = ? AND p.node = 'done' AND (p.status = 'evaluated' "
            "OR (p.asked != '' AND p.status IN ('duplicate', 'rejected'))) ORDER BY p.ordinal DESC LIMIT ?",
            (self.campaign_id, last),
        )
        return [_observation(row) for row in reversed(rows)]

    def observation(self, proposal_id: str) -> Observation:
        """What became of one proposal."""
        row = self.archive.row(f"{_OBSERVED} WHERE p.id = ?", (proposal_id,))
        assert row is not None
        return _observation(row)

    def epoch(self) -> int:
        """Ordinal at which the present population was founded: 0, or that of the last restart."""
        row = self.archive.row(
            "SELECT max(json_extract(data, '$.ordinal')) AS n FROM events WHERE campaign_id = ? AND kind = 'restarted'",
            (self.campaign_id,),
        )
        return 0 if row is None or row["n"] is None else int(row["n"])

    def best_since(self, ordinal: int, direction: str) -> sqlite3.Row | None:
        """Proposal after ``ordinal`` with the best validation score: proposal_id, candidate_id, ordinal, validation."""
        sign = 1 if direction == "min" else -1
        return self.archive.row(
            "SELECT l.proposal_id, l.candidate_id, l.validation, p.ordinal FROM elites l "
            "JOIN proposals p ON p.id = l.proposal_id "
            "WHERE l.campaign_id = ? AND p.ordinal > ? AND l.audit IN ('', 'ok') AND l.validation IS NOT NULL "
            "ORDER BY ? * l.validation, p.ordinal LIMIT 1",
            (self.campaign_id, ordinal, sign),
        )

    def best_validated(self, direction: str, audited: bool) -> sqlite3.Row | None:
        """The elite with the best validation score; with ``audited`` only those the audit passed."""
        sign = 1 if direction == "min" else -1
        return self.archive.row(
            "SELECT l.*, c.files, c.language, p.genome, p.ordinal FROM elites l JOIN candidates c ON "
            "c.id = l.candidate_id JOIN proposals p ON p.id = l.proposal_id "
            "WHERE l.campaign_id = ? AND l.validation IS NOT NULL AND (l.audit = 'ok' OR NOT ?) "
            "ORDER BY ? * l.validation, p.ordinal LIMIT 1",
            (self.campaign_id, audited, sign),
        )

    def champions(self) -> list[sqlite3.Row]:
        """All that passed the audit, by their proposals: ``evaluations`` up to and with each one, its ``validation``
        score and the interval of it, ``low`` to ``high``.

        Evaluations are counted in the order of proposals, whichever of those in flight together ended first.
        """
        return self.archive.rows(
            # Summed in an index that has all of it; in the table that takes four times as long.
            "SELECT q.evaluations, l.validation, l.low, l.high FROM elites l CROSS JOIN proposals p "
            "ON p.id = l.proposal_id CROSS JOIN (SELECT ordinal, sum(evaluations) OVER (ORDER BY ordinal) "
            "AS evaluations FROM proposals INDEXED BY idx_proposals_campaign_id_status_ordinal_evaluations "
            "WHERE campaign_id = ?1) q ON q.ordinal = p.ordinal WHERE l.campaign_id = ?1 AND l.audit = 'ok' "
            "AND l.validation IS NOT NULL ORDER BY q.ordinal",
            (self.campaign_id,),
        )

    def improvements(self, direction: str) -> int:
        """Proposals that brought a new audited best on ``validation``; seeds are where it starts from."""
        sign = 1 if direction == "min" else -1
        row = self.archive.row(
            "SELECT count(*) AS n FROM (SELECT p.ordinal, ?2 * l.validation AS cost, min(?2 * l.validation) OVER "
            "(ORDER BY p.ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS best FROM elites l "
            "JOIN proposals p ON p.id = l.proposal_id WHERE l.campaign_id = ?1 AND l.audit = 'ok' "
            "AND l.validation IS NOT NULL) WHERE ordinal > 0 AND (best IS NULL OR cost < best)",
            (self.campaign_id, sign),
        )
        return 0 if row is None else int(row["n"])

    def is_known(self, dedupe_key: str, draft: Draft) -> str | None:
        """Id of a candidate of this campaign with the same normal form, judged for another proposal."""
        row = self.archive.row(
            # CROSS JOIN keeps this order: the few candidates of that form first, not the many proposals.
            "SELECT c.id FROM candidates c CROSS JOIN proposals p ON p.candidate_id = c.id "
            "WHERE c.dedupe_key = ? AND p.campaign_id = ? AND p.id != ? "
            "AND (p.status = 'evaluated' OR p.evaluations > 0) LIMIT 1",
            (dedupe_key, self.campaign_id, draft.id),
        )
        return None if row is None else str(row["id"])
