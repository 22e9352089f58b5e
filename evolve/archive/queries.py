"""Questions to the archive: what is there, what is best, where it came from."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from evolve.archive.database import Archive


def campaigns(archive: Archive, limit: int = 50) -> list[dict[str, Any]]:
    """The latest campaigns, newest first, with their counts."""
    rows = archive.rows(
        "SELECT c.*, (SELECT count(*) FROM proposals p WHERE p.campaign_id = c.id AND p.ordinal > 0) AS proposals, "
        "(SELECT coalesce(sum(p.evaluations), 0) FROM proposals p WHERE p.campaign_id = c.id) AS evaluations, "
        "(SELECT coalesce(sum(l.cost_nusd), 0) FROM llm_calls l WHERE l.campaign_id = c.id) AS cost_nusd "
        "FROM campaigns c ORDER BY c.created_at DESC LIMIT ?",
        (limit,),
    )
    return [
        {
            "campaign": row["id"],
            "problem": row["problem"],
            "entry_point": row["entry_point"],
            "proposer": row["proposer"],
            "seed": row["seed"],
            "state": row["state"],
            "stop_reason": row["stop_reason"],
            "proposals": row["proposals"],
            "evaluations": row["evaluations"],
            "seconds": row["active_seconds"],
            "usd": row["cost_nusd"] / 1e9,
            "winner": row["winner"],
            "trust": row["trust"],
            "created_at": row["created_at"],
        }
        for row in rows
    ]


def problem_place(archive: Archive, problem: str) -> str:
    """What finds a problem: the folder or name a campaign recorded for it, else ``problem`` itself."""
    row = archive.row("SELECT config FROM campaigns WHERE problem = ? ORDER BY created_at DESC LIMIT 1", (problem,))
    return problem if row is None else str(json.loads(row["config"])["problem"])


def _candidate(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "candidate": row["candidate_id"],
        "campaign": row["campaign_id"],
        "problem": row["problem"],
        "entry_point": row["entry_point"],
        "split": row["split"],
        "verdict": row["verdict"],
        "stage": row["stage"],
        "score": row["score"],
        "confidence": None if row["low"] is None else [row["low"], row["high"]],
        "trust": row["trust"],
        # Baselines and files judged by `evolve eval` were not proposed by a campaign.
        "origin": "given" if row["proposal_id"] is None else "proposed",
    }


def candidates(
    archive: Archive,
    *,
    problem: str | None = None,
    campaign: str | None = None,
    verdict: str | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """The latest evaluations on ``train``, newest first."""
    rows = archive.rows(
        "SELECT e.* FROM evaluations e WHERE e.split = 'train' AND (?1 IS NULL OR e.problem = ?1) "
        "AND (?2 IS NULL OR e.campaign_id = ?2) AND (?3 IS NULL OR e.verdict = ?3) ORDER BY e.rowid DESC LIMIT ?4",
        (problem, campaign, verdict, limit),
    )
    return [_candidate(row) for row in rows]


def best(
    archive: Archive, direction: str, problem: str, *, campaign: str | None = None, split: str = "validation",
    limit: int = 10, trust: str = "trusted",
) -> list[dict[str, Any]]:  # fmt: skip
    """The best candidates of a problem on a split, each once; only scores of one kind of trust are ranked together."""
    order = "ASC" if direction == "min" else "DESC"
    rows = archive.rows(
        "SELECT * FROM evaluations WHERE problem = ?1 AND split = ?2 AND complete = 1 AND score IS NOT NULL "  # noqa: S608
        "AND (?3 IS NULL OR campaign_id = ?3) AND trust = ?5 GROUP BY candidate_id, problem_version, environment "
        f"ORDER BY score {order} LIMIT ?4",  # one of two words
        (problem, split, campaign, limit, trust),
    )
    return [_candidate(row) for row in rows]


def show(archive: Archive, candidate_id: str) -> dict[str, Any]:
    """All there is about a candidate: source, provenance, evaluations."""
    row = archive.row("SELECT * FROM candidates WHERE id = ?", (candidate_id,))
    assert row is not None
    evaluations = [
        _candidate(e)
        | {
            "feedback": e["feedback"],
            "stages": json.loads(e["stages"]),
            "resources": {
                "cpu_seconds": e["cpu_seconds"],
                "wall_seconds": e["wall_seconds"],
                "peak_memory_bytes": e["peak_memory_bytes"],
            },
            "problem_version": e["problem_version"],
            "environment": e["environment"],
            "sandbox": e["sandbox"],
        }
        for e in archive.rows("SELECT * FROM evaluations WHERE candidate_id = ? ORDER BY rowid", (candidate_id,))
    ]
    proposals = [
        {
            "proposal": p["id"],
            "campaign": p["campaign_id"],
            "ordinal": p["ordinal"],
            "operator": p["operator"],
            "asked": p["asked"],
            "status": p["status"],
            "genome": p["genome"],
            "parents": parents(archive, p["id"]),
            "llm_calls": [
                dict(call)
                for call in archive.rows(
                    "SELECT request_id, attempt, turn, model, state, prompt_name, prompt_hash, prompt_tokens, "
                    "completion_tokens, cost_nusd FROM llm_calls WHERE proposal_id = ? ORDER BY sent_at",
                    (p["id"],),
                )
            ],
        }
        for p in archive.rows("SELECT * FROM proposals WHERE candidate_id = ? ORDER BY rowid", (candidate_id,))
    ]
    return {
        "candidate": row["id"],
        "language": row["language"],
        "files": json.loads(row["files"]),
        "size": row["size"],
        "proposals": proposals,
        "evaluations": evaluations,
    }


def parents(archive: Archive, proposal_id: str) -> list[str]:
    """Candidate ids of a proposal's parents."""
    rows = archive.rows("SELECT candidate_id FROM parents WHERE proposal_id = ? ORDER BY position", (proposal_id,))
    return [row["candidate_id"] for row in rows]


def lineage(archive: Archive, candidate_id: str, campaign: str | None = None, depth: int = 20) -> list[dict[str, Any]]:
    """Ancestors of a candidate within the campaign that brought it, breadth first, each once.

    Returns:
        Entries with ``candidate``, ``generation`` (0 = itself), ``operator``, ``ordinal``, ``score``, ``parents``.
    """
    found: dict[str, dict[str, Any]] = {}
    front = [candidate_id]
    for generation in range(depth + 1):
        following: list[str] = []
        for one in front:
            if one in found:
                continue
            row = archive.row(
                "SELECT * FROM proposals WHERE candidate_id = ?1 AND (?2 IS NULL OR campaign_id = ?2) "
                "AND status != 'duplicate' ORDER BY rowid LIMIT 1",
                (one, campaign),
            )
            if row is None:
                continue
            campaign = campaign or row["campaign_id"]
            found[one] = {
                "candidate": one,
                "generation": generation,
                "operator": row["operator"],
                "ordinal": row["ordinal"],
                "score": row["score"],
                "parents": parents(archive, row["id"]),
            }
            following += found[one]["parents"]
        front = following
        if not front:
            break
    return list(found.values())
