"""What models were asked for a proposal, and what they answered; and the insights of a campaign."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from evolve.archive.database import Archive


@dataclass(frozen=True, slots=True)
class Message:
    """A part of a prompt: ``system``, ``user`` or ``assistant``, and its text."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class AskedCall:
    """An attempt to call a model.

    Attributes:
        request: id of the call.
        attempt: from 1.
        turn: 0, or the number of the repair.
        model: that was called, ``model_version`` as it named itself; empty if it did not.
        state: ``reserved`` (under way), ``answered``, ``refused`` or ``in_doubt``.
        prompt: name of the template, ``prompt_hash`` of its text.
        messages: of the prompt.
        answer: text; None without one.
        finish_reason: why the answer ended.
        prompt_tokens, completion_tokens, cached_tokens: None without an answer.
        usd: charged.
        seconds: from sending to the answer.
        error: of an attempt without an answer.
        sent_at: Unix seconds.
    """

    request: str
    attempt: int
    turn: int
    model: str
    model_version: str
    state: str
    prompt: str
    prompt_hash: str
    messages: tuple[Message, ...]
    answer: str | None
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    usd: float
    seconds: float | None
    error: str | None
    sent_at: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def calls(archive: Archive, proposal_id: str) -> tuple[AskedCall, ...]:
    """All attempts made for a proposal, in their order."""
    rows = archive.rows(
        "SELECT * FROM llm_calls WHERE proposal_id = ? ORDER BY turn, sent_at, request_id, attempt", (proposal_id,)
    )
    return tuple(_call(row) for row in rows)


def insights(archive: Archive, campaign_id: str, limit: int = 20, containing: str = "") -> tuple[AskedCall, ...]:
    """The latest calls that summed up what a campaign's proposals had taught, the newest first.

    Args:
        archive: where.
        campaign_id: whole id.
        limit: calls at most.
        containing: text that the answer has in it, whatever its case.
    """
    rows = archive.rows(
        "SELECT * FROM llm_calls WHERE proposal_id >= ?1 || '-insights-' AND proposal_id < ?1 || '-insights.' "
        "AND state = 'answered' AND instr(lower(answer), lower(?3)) ORDER BY proposal_id DESC LIMIT ?2",
        (campaign_id, limit, containing),
    )
    return tuple(_call(row) for row in rows)


def _call(row: sqlite3.Row) -> AskedCall:
    return AskedCall(
        request=row["request_id"],
        attempt=row["attempt"],
        turn=row["turn"] or 0,
        model=row["model"] or "",
        model_version=row["model_version"] or "",
        state=row["state"] or "",
        prompt=row["prompt_name"] or "",
        prompt_hash=row["prompt_hash"] or "",
        messages=tuple(Message(one["role"], _said(one["content"])) for one in json.loads(row["messages"] or "[]")),
        answer=row["answer"],
        finish_reason=row["finish_reason"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        cached_tokens=row["cached_tokens"],
        usd=(row["cost_nusd"] or 0) / 1e9,
        seconds=row["seconds"],
        error=row["error"],
        sent_at=row["sent_at"],
    )


def _said(content: Any) -> str:
    """The text of a message; of one in parts (text, images) as the provider's format has it."""
    return content if isinstance(content, str) else json.dumps(content, indent=2)
