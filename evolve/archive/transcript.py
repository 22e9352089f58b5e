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
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from evolve.archive.database import Archive
from evolve.archive.queries import parents
from evolve.proposers.llm.insights import read_summary, summary_number

FORMAT = "evolve-campaign"
VERSION = 1
_PAGE = 500
"""Proposals that are read together."""
_BEYOND = 1 << 62
"""No ordinal is as far from zero."""
_SPENT = ("prompt_tokens", "completion_tokens", "cost_nusd")
_CALL_FACTS = (
    "turn", "attempt", "model", "state", "prompt_name", "prompt_hash", "answer", "finish_reason", "prompt_tokens",
    "completion_tokens", "cost_nusd", "seconds", "error",
)  # fmt: skip
_SUMS = ", ".join(f"coalesce(sum({fact}), 0) AS {fact}" for fact in _SPENT)


def transcript(archive: Archive, campaign_id: str) -> Iterator[dict[str, Any]]:
    """The records of a campaign: a header, then one a proposal by ordinal (seeds first, with ordinals below 1).

    Proposals are read as they are taken, so that memory holds the header and some hundreds of them. Those of a campaign
    that goes on are to be taken within one :meth:`~evolve.archive.database.Archive.snapshot`.

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
    return chain([_header(archive, campaign)], _proposals(archive, campaign))


def transcript_lines(records: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Records as JSON lines, keys in a fixed order."""
    return (json.dumps(record, sort_keys=True) + "\n" for record in records)


def _header(archive: Archive, campaign: sqlite3.Row) -> dict[str, Any]:
    id, config = campaign["id"], json.loads(campaign["config"])
    (counts,) = archive.rows(
        "SELECT count(*) FILTER (WHERE ordinal > 0) AS proposals, coalesce(sum(evaluations), 0) AS evaluations "
        "FROM proposals WHERE campaign_id = ?",
        (id,),
    )
    verdicts = archive.rows(
        "SELECT coalesce(nullif(verdict, ''), 'none') AS verdict, count(*) AS n FROM proposals "
        "WHERE campaign_id = ? AND ordinal > 0 GROUP BY 1 ORDER BY 1",
        (id,),
    )
    (calls,) = archive.rows(f"SELECT count(*) AS calls, {_SUMS} FROM llm_calls WHERE campaign_id = ?", (id,))  # noqa: S608
    seeds = archive.rows(
        "SELECT candidate_id FROM proposals WHERE campaign_id = ? AND operator = 'seed' ORDER BY ordinal", (id,)
    )
    return {
        "format": FORMAT,
        "version": VERSION,
        "campaign": id,
        "problem": campaign["problem"],
        "problem_version": campaign["problem_version"],
        "entry_point": campaign["entry_point"],
        "proposer": campaign["proposer"],
        "trust": campaign["trust"],
        "config": config,
        "seed": campaign["seed"],
        "seeds": [row["candidate_id"] for row in seeds],
        "environment": campaign["environment"],
        "created_at": campaign["created_at"],
        "active_seconds": campaign["active_seconds"],
        "counts": {
            "proposals": counts["proposals"],
            "evaluations": counts["evaluations"],
            "verdicts": {row["verdict"]: row["n"] for row in verdicts},
            **dict(calls),
        },
        "summaries": _summaries(archive, id, config),
        "state": campaign["state"],
        "stop_reason": campaign["stop_reason"],
        "winner": campaign["winner"],
        "report": None if campaign["report"] is None else json.loads(campaign["report"]),
        "messages": _all_messages(archive, id),
    }


def _all_messages(archive: Archive, campaign_id: str) -> dict[str, str]:
    """Hash -> text of all that was asked in a campaign."""
    found: dict[str, str] = {}
    ids = ([row["id"] for row in rows] for rows in _pages(archive, "id", campaign_id))
    for some in chain([_summary_ids(archive, campaign_id)], ids):
        for row in archive.rows(
            "SELECT l.messages FROM json_each(?) j CROSS JOIN llm_calls l ON l.proposal_id = j.value",
            (json.dumps(some),),
        ):
            found |= {_key(message["content"]): message["content"] for message in json.loads(row["messages"] or "[]")}
    return found


def _proposals(archive: Archive, campaign: sqlite3.Row) -> Iterator[dict[str, Any]]:
    for rows in _pages(archive, "*", campaign["id"]):
        yield from (_proposal(archive, campaign, row) for row in rows)


def _pages(archive: Archive, columns: str, campaign_id: str) -> Iterator[list[sqlite3.Row]]:
    """The proposals of a campaign by ordinal, some at a time."""
    last = -_BEYOND
    while rows := archive.rows(
        f"SELECT {columns}, ordinal FROM proposals WHERE campaign_id = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",  # noqa: S608
        (campaign_id, last, _PAGE),
    ):
        yield rows
        last = rows[-1]["ordinal"]


def _summaries(archive: Archive, campaign_id: str, config: dict[str, Any]) -> list[dict[str, Any]]:
    """What was asked and answered to sum up what proposals had taught, and the lines prompts then told."""
    every = (config.get("llm") or {}).get("distill")
    found = []
    for id in _summary_ids(archive, campaign_id):
        calls, number = _calls(archive, id), summary_number(id)
        found.append(
            {
                "number": number,
                "after": number * every if every else None,
                "summary": "".join(read_summary(call["answer"]) for call in calls if call["state"] == "answered"),
                "calls": calls,
            }
        )
    return found


def _summary_ids(archive: Archive, campaign_id: str) -> list[str]:
    """What stands in the place of a proposal's id in calls for summaries, in their order."""
    rows = archive.rows(
        "SELECT DISTINCT proposal_id FROM llm_calls WHERE proposal_id >= ?1 || '-insights-' "
        "AND proposal_id < ?1 || '-insights.' ORDER BY proposal_id",
        (campaign_id,),
    )
    return [row["proposal_id"] for row in rows]


def _proposal(archive: Archive, campaign: sqlite3.Row, row: sqlite3.Row) -> dict[str, Any]:
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
        "calls": _calls(archive, row["id"]),
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


def _calls(archive: Archive, proposal_id: str) -> list[dict[str, Any]]:
    rows = archive.rows(
        "SELECT * FROM llm_calls WHERE proposal_id = ? ORDER BY turn, sent_at, request_id, attempt", (proposal_id,)
    )
    return [{**{fact: row[fact] for fact in _CALL_FACTS}, "messages": _asked(row["messages"])} for row in rows]


def _asked(messages: str | None) -> list[dict[str, str]]:
    return [{"role": one["role"], "message": _key(one["content"])} for one in json.loads(messages or "[]")]


def _key(text: str) -> str:
    """What a message is called in place of its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
