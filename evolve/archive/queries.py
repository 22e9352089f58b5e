"""Questions to the archive: what is there, what is best, where it came from."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.evaluation import PROGRESS
from evolve.archive.database import Archive
from evolve.archive.speedup import speedup

_CAMPAIGNS = (
    "SELECT c.id, c.problem, c.entry_point, c.proposer, c.seed, c.state, c.stop_reason, c.active_seconds, c.winner, "
    "c.trust, c.created_at, t.proposals, t.evaluations, t.cost_nusd, k.comparison_id FROM campaigns c "
    "JOIN campaign_totals t ON t.campaign_id = c.id LEFT JOIN comparison_campaigns k ON k.campaign_id = c.id "
)


def campaigns(archive: Archive, limit: int = 50, before: float | None = None) -> list[dict[str, Any]]:
    """The latest campaigns (that began before a moment), newest first, with their counts."""
    rows = archive.rows(
        _CAMPAIGNS + "WHERE c.created_at < ? ORDER BY c.created_at DESC LIMIT ?",
        (1e12 if before is None else before, limit),
    )
    return [_campaign(row) for row in rows]


def summary(archive: Archive, campaign_id: str) -> dict[str, Any]:
    """One of :func:`campaigns`, which must exist."""
    row = archive.row(_CAMPAIGNS + "WHERE c.id = ?", (campaign_id,))
    assert row is not None
    return _campaign(row)


def _campaign(row: sqlite3.Row) -> dict[str, Any]:
    return {
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
        "comparison": row["comparison_id"],
        "created_at": row["created_at"],
    }


def comparisons(archive: Archive, limit: int = 50) -> list[dict[str, Any]]:
    """The latest comparisons, newest first, with how many of their campaigns are done."""
    return _comparisons(archive, "ORDER BY created_at DESC LIMIT ?", limit)


def comparison(archive: Archive, comparison_id: str) -> dict[str, Any]:
    """One of :func:`comparisons`, which must exist."""
    (found,) = _comparisons(archive, "WHERE id = ?", comparison_id)
    return found


def _comparisons(archive: Archive, which: str, given: str | int) -> list[dict[str, Any]]:
    rows = archive.rows(
        "SELECT c.*, count(*) AS campaigns, coalesce(sum(r.state = 'done'), 0) AS done "  # noqa: S608
        f"FROM (SELECT id, created_at, problem, plan, state, stop_reason FROM comparisons {which}) c "
        "JOIN comparison_campaigns k ON k.comparison_id = c.id "
        "LEFT JOIN campaigns r ON r.id = k.campaign_id GROUP BY c.id ORDER BY c.created_at DESC",
        (given,),
    )
    found = []
    for row in rows:
        plan = json.loads(row["plan"])
        found.append(
            {
                "comparison": row["id"],
                "problem": row["problem"],
                "entry_point": plan["entry_point"],
                "proposers": plan["proposers"],
                "repeats": plan["repeats"],
                "evaluations": plan["config"]["bounds"]["evaluations"],
                "state": row["state"],
                "stop_reason": row["stop_reason"],
                "campaigns": row["campaigns"],
                "done": row["done"],
                "created_at": row["created_at"],
            }
        )
    return found


def compared(archive: Archive, comparison_id: str) -> list[dict[str, Any]]:
    """The campaigns of a comparison in the order they are run; of one that was not begun nothing but its place."""
    rows = archive.rows(
        "SELECT k.campaign_id AS campaign, k.proposer, k.repeat, k.seed, coalesce(c.state, 'not begun') AS state, "
        "coalesce(c.stop_reason, '') AS stop_reason, coalesce(t.evaluations, 0) AS evaluations, "
        "coalesce(c.active_seconds, 0.0) AS seconds, coalesce(t.cost_nusd, 0) / 1e9 AS usd, c.winner "
        "FROM comparison_campaigns k LEFT JOIN campaigns c ON c.id = k.campaign_id "
        "LEFT JOIN campaign_totals t ON t.campaign_id = k.campaign_id WHERE k.comparison_id = ? ORDER BY k.position",
        (comparison_id,),
    )
    return [dict(row) for row in rows]


def starting_with(archive: Archive, table: str, prefix: str) -> list[str]:
    """Ids in a table that begin with ``prefix``, two at most: whether there is one, and whether there is but one."""
    rows = archive.rows(
        f"SELECT id FROM {table} WHERE id >= ? AND id < ? LIMIT 2",  # noqa: S608 - a constant of the caller's
        (prefix.lower(), prefix.lower() + "g"),
    )
    return [row["id"] for row in rows]


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
    given: dict[str, Any] = {"campaign_id": campaign, "problem": problem, "verdict": verdict}
    given = {column: value for column, value in given.items() if value is not None}
    # A campaign has one problem: it is told once whether it is that one, not of each row.
    names = [
        "(SELECT problem FROM campaigns WHERE id = ?1)" if column == "problem" and campaign else f"e.{column}"
        for column in given
    ]
    where = "".join(f"AND {name} = ?{k} " for k, name in enumerate(names, 1))
    rows = archive.rows(
        f"SELECT e.* FROM evaluations e WHERE e.split = 'train' {where}"  # noqa: S608
        f"ORDER BY e.rowid DESC LIMIT ?{len(names) + 1}",
        (*given.values(), limit),
    )
    return [_candidate(row) for row in rows]


def best(
    archive: Archive, direction: str, problem: str, *, campaign: str | None = None, split: str = "validation",
    limit: int = 10, trust: str = "trusted",
) -> list[dict[str, Any]]:  # fmt: skip
    """The best candidates of a problem on a split, each once; only scores of one kind of trust are ranked together.

    They are read in order of their scores until there are enough; of several evaluations of one candidate (in one
    environment) the best is shown, of equal ones the first.
    """
    order, better = ("ASC", "<") if direction == "min" else ("DESC", ">")
    # Each evaluation counts only if no other one of its candidate comes before it.
    among = "" if campaign is None else "AND +o.campaign_id = ?3 "
    where = "e.problem = ?1" if campaign is None else "e.campaign_id = ?3 AND +e.problem = ?1"
    rows = archive.rows(
        f"SELECT e.* FROM evaluations e WHERE {where} AND e.split = ?2 AND e.complete = 1 "  # noqa: S608
        "AND e.score IS NOT NULL AND +e.trust = ?5 AND NOT EXISTS (SELECT 1 FROM evaluations o "
        "WHERE o.candidate_id = e.candidate_id AND o.problem_version = e.problem_version AND +o.split = ?2 "
        f"AND o.environment = e.environment AND +o.complete = 1 {among}"
        f"AND (o.score {better} e.score OR o.score = e.score AND o.rowid < e.rowid)) "
        f"ORDER BY e.score {order} LIMIT ?4",
        (problem, split, campaign, limit, trust),
    )
    return [_candidate(row) for row in rows]


SHOWN_PROPOSALS = 100
"""Of a candidate: some models hand in the parent they were shown a thousand times."""


def show(archive: Archive, candidate_id: str) -> dict[str, Any]:
    """All there is about a candidate: source, provenance, evaluations.

    Of its proposals, ``proposed`` in number, the first ``SHOWN_PROPOSALS`` are there. ``speedup`` of an evaluation is
    :func:`evolve.archive.speedup.speedup`, None for what is not a parallel kernel.
    """
    row = archive.row("SELECT * FROM candidates WHERE id = ?", (candidate_id,))
    assert row is not None
    evaluations = [
        _candidate(e)
        | {
            "evaluation": e["id"],
            "feedback": e["feedback"],
            "progress": _progress(stages),
            "stages": stages,
            "speedup": speedup(stages, json.loads(e["objectives"])),
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
        for stages in (json.loads(e["stages"]),)
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
        for p in archive.rows(
            "SELECT * FROM proposals WHERE candidate_id = ? ORDER BY rowid LIMIT ?", (candidate_id, SHOWN_PROPOSALS)
        )
    ]
    proposed = archive.row("SELECT count(*) FROM proposals WHERE candidate_id = ?", (candidate_id,))
    assert proposed is not None
    return {
        "candidate": row["id"],
        "language": row["language"],
        "files": json.loads(row["files"]),
        "size": row["size"],
        "proposed": proposed[0],
        "proposals": proposals,
        "evaluations": evaluations,
    }


def _progress(stages: Sequence[Mapping[str, Any]]) -> float | None:
    """How far a failed candidate came whose score would have been a running time, from 0 to 1; None of others."""
    return stages[-1].get("facts", {}).get(PROGRESS) if stages else None


def parents(archive: Archive, proposal_id: str) -> list[str]:
    """Candidate ids of a proposal's parents."""
    return _parents_of(archive, [proposal_id]).get(proposal_id, [])


NEAREST = 100
"""Ancestors that are told: in twenty generations of a long campaign there are thousands."""


def lineage(
    archive: Archive, candidate_id: str, campaign: str | None = None, depth: int = 20, limit: int = NEAREST
) -> list[dict[str, Any]]:
    """Ancestors of a candidate within the campaign that brought it, breadth first, each once.

    Args:
        archive: where.
        candidate_id: of whom.
        campaign: that brought it; None: the first that did.
        depth: generations to go back.
        limit: the nearest that many, itself included.

    Returns:
        Entries with ``candidate``, ``generation`` (0 = itself), ``operator``, ``ordinal``, ``score``, ``parents``.
    """
    found: dict[str, dict[str, Any]] = {}
    front = [candidate_id]
    for generation in range(depth + 1):
        unknown = [one for one in dict.fromkeys(front) if one not in found]
        born = _births(archive, unknown[: limit - len(found)], campaign)
        campaign = campaign or next((row["campaign_id"] for row in born), None)
        bred = _parents_of(archive, [row["id"] for row in born])
        for row in born:
            found[row["candidate_id"]] = {
                "candidate": row["candidate_id"],
                "generation": generation,
                "operator": row["operator"],
                "ordinal": row["ordinal"],
                "score": row["score"],
                "parents": bred.get(row["id"], []),
            }
        front = [parent for row in born for parent in bred.get(row["id"], [])]
        if not front:
            break
    return list(found.values())


def _births(archive: Archive, candidate_ids: Sequence[str], campaign: str | None) -> list[sqlite3.Row]:
    """The proposals that first brought some candidates (in a campaign), in their order."""
    return archive.rows(
        "SELECT p.id, p.campaign_id, p.candidate_id, p.operator, p.ordinal, p.score FROM json_each(?1) j "
        "CROSS JOIN proposals p ON p.rowid = (SELECT q.rowid FROM proposals q WHERE q.candidate_id = j.value "
        "AND (?2 IS NULL OR +q.campaign_id = ?2) AND +q.status != 'duplicate' ORDER BY q.rowid LIMIT 1) ORDER BY j.key",
        (json.dumps(candidate_ids), campaign),
    )


def _parents_of(archive: Archive, proposal_ids: Sequence[str]) -> dict[str, list[str]]:
    """Proposal -> candidate ids of its parents."""
    found: dict[str, list[str]] = {}
    for row in archive.rows(
        "SELECT p.proposal_id, p.candidate_id FROM json_each(?) j CROSS JOIN parents p ON p.proposal_id = j.value "
        "ORDER BY j.key, p.position",
        (json.dumps(proposal_ids),),
    ):
        found.setdefault(row["proposal_id"], []).append(row["candidate_id"])
    return found
