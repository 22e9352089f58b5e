"""A campaign as JSON lines: what was asked, what was answered and what came of it, in the order of its proposals.

Enough to read a campaign again or to study how a proposer uses feedback, without the archive and without a model. What
``test`` said, and the secret from which a part of it was drawn, stand in the report alone, which there is once the
campaign is done. Calls that were for no proposal, since they summed up what proposals had taught, stand in the header:
the calls here are all there were. The same archive gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from evolve.archive.database import Archive
from evolve.archive.queries import parents
from evolve.proposers.llm.insights import read_summary, summary_number

FORMAT = "evolve-campaign"
VERSION = 1
_SPENT = ("prompt_tokens", "completion_tokens", "cost_nusd")
_CALL_FACTS = (
    "turn", "attempt", "model", "state", "prompt_name", "prompt_hash", "answer", "finish_reason", "prompt_tokens",
    "completion_tokens", "cost_nusd", "seconds", "error",
)  # fmt: skip


def transcript(archive: Archive, campaign_id: str) -> list[dict[str, Any]]:
    """The records of a campaign: a header, then one a proposal by ordinal (seeds first, with ordinals below 1).

    Args:
        archive: an archive.
        campaign_id: the whole id of a campaign in it.

    Returns:
        Objects for JSON. Messages stand once each in the header's ``messages``, keyed by the hash that ``calls`` of
        proposals name. Times are Unix seconds, scores are in the problem's unit, money is nano-dollars.

    Raises:
        KeyError: if there is no such campaign.
    """
    campaign = archive.row("SELECT * FROM campaigns WHERE id = ?", (campaign_id,))
    if campaign is None:
        raise KeyError(campaign_id)
    messages: dict[str, str] = {}
    rows = archive.rows("SELECT * FROM proposals WHERE campaign_id = ? ORDER BY ordinal", (campaign_id,))
    proposals = [_proposal(archive, campaign, row, messages) for row in rows]
    config = json.loads(campaign["config"])
    summaries = [
        _summary(archive, row["id"], config, messages)
        for row in archive.rows(
            "SELECT DISTINCT proposal_id AS id FROM llm_calls WHERE campaign_id = ? "
            "AND proposal_id NOT IN (SELECT id FROM proposals WHERE campaign_id = ?) ORDER BY proposal_id",
            (campaign_id, campaign_id),
        )
    ]
    calls = [call for asking in (*proposals, *summaries) for call in asking["calls"]]
    proposed = [proposal for proposal in proposals if proposal["ordinal"] > 0]
    header = {
        "format": FORMAT,
        "version": VERSION,
        "campaign": campaign["id"],
        "problem": campaign["problem"],
        "problem_version": campaign["problem_version"],
        "entry_point": campaign["entry_point"],
        "proposer": campaign["proposer"],
        "trust": campaign["trust"],
        "config": config,
        "seed": campaign["seed"],
        "seeds": [proposal["candidate"] for proposal in proposals if proposal["operator"] == "seed"],
        "environment": campaign["environment"],
        "created_at": campaign["created_at"],
        "active_seconds": campaign["active_seconds"],
        "counts": {
            "proposals": len(proposed),
            "evaluations": sum(proposal["evaluations"] for proposal in proposals),
            "verdicts": dict(sorted(Counter(proposal["verdict"] or "none" for proposal in proposed).items())),
            "calls": len(calls),
            **{fact: sum(call[fact] or 0 for call in calls) for fact in _SPENT},
        },
        "summaries": summaries,
        "state": campaign["state"],
        "stop_reason": campaign["stop_reason"],
        "winner": campaign["winner"],
        "report": None if campaign["report"] is None else json.loads(campaign["report"]),
        "messages": messages,
    }
    return [header, *proposals]


def transcript_lines(records: list[dict[str, Any]]) -> str:
    """Records as JSON lines, keys in a fixed order."""
    return "".join(json.dumps(record, sort_keys=True) + "\n" for record in records)


def _proposal(archive: Archive, campaign: sqlite3.Row, row: sqlite3.Row, messages: dict[str, str]) -> dict[str, Any]:
    train, validation = (_judged(archive, campaign, row, split) for split in ("train", "validation"))
    source = archive.row("SELECT files FROM candidates WHERE id = ?", (row["candidate_id"],))
    return {
        "ordinal": row["ordinal"],
        "operator": row["operator"],
        "asked": row["asked"],
        "parents": parents(archive, row["id"]),
        "candidate": row["candidate_id"],
        "files": None if source is None else json.loads(source["files"]),
        "genome": row["genome"],
        "status": row["status"],
        "verdict": row["verdict"],
        "stage": None if train is None else train["stage"],
        "failure": row["failure"],
        "evaluations": row["evaluations"],
        "admitted": bool(row["admitted"]),
        "train": train,
        "validation": validation,
        "created_at": row["created_at"],
        "done_at": row["done_at"],
        "calls": list(_calls(archive, row["id"], messages)),
    }


def _summary(archive: Archive, call_id: str, config: dict[str, Any], messages: dict[str, str]) -> dict[str, Any]:
    """What was asked and answered to sum up what proposals had taught, and the lines prompts then told."""
    calls = list(_calls(archive, call_id, messages))
    number, every = summary_number(call_id), (config.get("llm") or {}).get("distill")
    return {
        "number": number,
        "after": number * every if every else None,
        "summary": "".join(read_summary(call["answer"]) for call in calls if call["state"] == "answered"),
        "calls": calls,
    }


def _judged(archive: Archive, campaign: sqlite3.Row, proposal: sqlite3.Row, split: str) -> dict[str, Any] | None:
    """What a split said of a proposal's program, in this campaign or, for one judged before, in another."""
    row = archive.row(
        "SELECT * FROM evaluations WHERE candidate_id = ? AND problem_version = ? AND entry_point = ? AND split = ? "
        "ORDER BY campaign_id IS NOT ?, complete DESC, repeat, id LIMIT 1",
        (proposal["candidate_id"], campaign["problem_version"], campaign["entry_point"], split, campaign["id"]),
    )
    if row is None:
        return None
    return {
        "verdict": row["verdict"],
        "stage": row["stage"],
        "score": row["score"],
        "interval": None if row["low"] is None else [row["low"], row["high"]],
        "feedback": row["feedback"],
    }


def _calls(archive: Archive, proposal_id: str, messages: dict[str, str]) -> Iterator[dict[str, Any]]:
    for row in archive.rows(
        "SELECT * FROM llm_calls WHERE proposal_id = ? ORDER BY turn, sent_at, request_id, attempt", (proposal_id,)
    ):
        asked = []
        for message in json.loads(row["messages"] or "[]"):
            key = hashlib.sha256(message["content"].encode()).hexdigest()[:16]
            messages[key] = message["content"]
            asked.append({"role": message["role"], "message": key})
        yield {**{fact: row[fact] for fact in _CALL_FACTS}, "messages": asked}
