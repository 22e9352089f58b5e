"""What became of an answer, told to whoever gave it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import numpy as np

from evaluators.declaration import ProblemSpec
from evolve.archive import Archive
from evolve.archive.queries import parents
from evolve.archive.records import read_array

MENDED = "it was to be mended; the prompt that asked for it says what was wrong"


def judged(archive: Archive, campaign_id: str, spec: ProblemSpec, call: sqlite3.Row) -> dict[str, Any] | None:
    """The verdict on the answer to a call; None as long as there is none.

    Args:
        archive: that has the campaign.
        campaign_id: of it.
        spec: of its problem.
        call: proposal_id, turn and state of the call.

    Returns:
        ``verdict``, ``train_score`` (an estimate if racing stopped it), ``feedback`` and ``repair_asked``; once its
        life is over also ``candidate``, ``validation_score``, ``in_population``, ``admission`` in words, and
        ``against_parent`` and ``against_best``, the best other program of the campaign: ``by`` how much it is better
        (negative: worse) in the mean over the train instances it was judged on, and on how many of them it did
        better, as well and worse.
    """
    turn = call["turn"]
    proposal = archive.row("SELECT * FROM proposals WHERE id = ?", (call["proposal_id"],))
    if proposal is None or call["state"] == "reserved" or proposal["turn"] < turn:
        return None
    if proposal["turn"] == turn and proposal["node"] not in ("repair", "done"):
        return None
    trained = archive.row(
        "SELECT id, candidate_id, verdict, score, feedback FROM evaluations "
        "WHERE proposal_id = ? AND split = 'train' AND evaluations.repeat = ?",
        (proposal["id"], turn),
    )
    found = {
        "verdict": "rejected" if trained is None else trained["verdict"],
        "train_score": None if trained is None else trained["score"],
        "feedback": "" if trained is None else trained["feedback"],
        "repair_asked": proposal["turn"] > turn or proposal["node"] == "repair",
    }
    if proposal["turn"] > turn:
        return found | {"feedback": found["feedback"] or MENDED}
    if proposal["status"] == "duplicate":
        found["verdict"] = "duplicate"
    elif proposal["verdict"]:
        found["verdict"] = proposal["verdict"]  # validation or the audit may have said more
    sign = 1 if spec.objective.direction == "min" else -1
    rivals = (
        {"against_parent": None, "against_best": None}
        if trained is None
        else {
            "against_parent": _against(archive, sign, trained, _parent(archive, proposal)),
            "against_best": _against(
                archive, sign, trained, _best_other(archive, campaign_id, sign, trained["candidate_id"])
            ),
        }
    )
    return (
        found
        | rivals
        | {
            "feedback": proposal["failure"] or found["feedback"],
            "candidate": proposal["candidate_id"],
            "validation_score": _validation(archive, proposal),
            "in_population": bool(proposal["admitted"]),
            "admission": _admission(archive, proposal),
        }
    )


def _admission(archive: Archive, proposal: sqlite3.Row) -> str:
    """Whether it entered the population, in words; nothing of what had no chance to."""
    if proposal["status"] != "evaluated":
        return ""
    row = archive.row(
        "SELECT data FROM events WHERE campaign_id = ? AND proposal_id = ? AND kind = ?",
        (proposal["campaign_id"], proposal["id"], proposal["status"]),
    )
    event = {} if row is None else json.loads(row["data"])
    if proposal["admitted"]:
        return f"it entered the population at rank {event.get('rank', 0)}"
    return "it did not enter the population" + (f": {event['reason']}" if event.get("reason") else "")


def _validation(archive: Archive, proposal: sqlite3.Row) -> float | None:
    row = archive.row(
        "SELECT validation FROM elites WHERE campaign_id = ? AND proposal_id = ? AND candidate_id = ?",
        (proposal["campaign_id"], proposal["id"], proposal["candidate_id"]),
    )
    return None if row is None else row["validation"]


_WITH_SCORES = (
    "SELECT e.candidate_id, e.score, s.scores FROM evaluations e JOIN instance_scores s ON s.evaluation_id = e.id "
    "WHERE e.split = 'train' AND e.complete = 1 "
)


def _parent(archive: Archive, proposal: sqlite3.Row) -> sqlite3.Row | None:
    """What the first parent did on ``train``."""
    found = parents(archive, proposal["id"])
    if not found:
        return None
    return archive.row(
        f"{_WITH_SCORES} AND e.candidate_id = ? AND +e.campaign_id = ? ORDER BY e.repeat DESC LIMIT 1",
        (found[0], proposal["campaign_id"]),
    )


def _best_other(archive: Archive, campaign_id: str, sign: int, candidate_id: str) -> sqlite3.Row | None:
    return archive.row(
        f"{_WITH_SCORES} AND e.campaign_id = ? AND e.proposal_id IS NOT NULL AND e.candidate_id != ? "
        "ORDER BY ? * e.score LIMIT 1",
        (campaign_id, candidate_id, sign),
    )


def _against(archive: Archive, sign: int, trained: sqlite3.Row, other: sqlite3.Row | None) -> dict[str, Any] | None:
    own = archive.row("SELECT scores FROM instance_scores WHERE evaluation_id = ?", (trained["id"],))
    if own is None or other is None:
        return None
    gained = sign * (read_array(other["scores"]) - read_array(own["scores"]))
    gained = gained[~np.isnan(gained)]  # NaN where racing stopped it
    if not len(gained):
        return None
    return {
        "candidate": other["candidate_id"],
        "train_score": other["score"],
        "by": float(np.mean(gained)),
        "better": int(np.sum(gained > 0)),
        "equal": int(np.sum(gained == 0)),
        "worse": int(np.sum(gained < 0)),
    }
