"""What an agent may ask and hand in: the questions of an inbox campaign, their verdicts, and the archive.

It knows of train and validation only. Nothing of ``test`` is looked up here, so that nothing of it can be told.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.registry import locate
from evaluators.spec import load_spec
from evolve.archive import Archive, queries
from evolve.archive.records import find_candidate
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory
from evolve.campaign.store import is_driven
from evolve.inbox import InboxFolder, folder_beside
from evolve.inbox.client import MODEL, open_questions, spoken
from evolve.inbox.folder import LONGEST_BYTES

SPLITS = ("train", "validation")


class DeskError(ValueError):
    """What was asked for cannot be had; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """An inbox campaign: its row, whether a process runs it, and its inbox."""

    row: sqlite3.Row
    running: bool
    inbox: InboxFolder

    @property
    def id(self) -> str:
        """Of the campaign."""
        return str(self.row["id"])


class Desk:
    """The inbox campaigns of one archive.

    Args:
        archive: need not exist yet.
        inbox: only campaigns with this inbox; None: all of the archive.
    """

    def __init__(self, archive: Archive, inbox: Path | None = None) -> None:
        self.archive = archive
        self._inbox = inbox
        self._handed_out: list[int] = []

    def campaign(self) -> Campaign | None:
        """The one that runs, else the newest; None if there is none."""
        found: Campaign | None = None
        for row in self.archive.rows("SELECT * FROM campaigns WHERE proposer = 'inbox' ORDER BY created_at DESC"):
            config = CampaignConfig.from_json(json.loads(row["config"]))
            folder = folder_beside(self.archive.path, config.inbox.folder)
            if self._inbox is not None and folder.resolve() != self._inbox.resolve():
                continue
            one = Campaign(row, is_driven(row["driver"]), InboxFolder(folder))
            if one.running:
                return one
            found = found or one
        return found

    def _some_campaign(self) -> Campaign:
        campaign = self.campaign()
        if campaign is None:
            raise DeskError(f"{self.archive.path}: holds no inbox campaign; start_campaign starts one")
        return campaign

    def next_prompt(self) -> dict[str, Any] | None:
        """An open question, one that was not handed out before if there is any; None if there is none now."""
        campaign = self._some_campaign()
        questions = [
            question
            for question in open_questions(self.archive, campaign.id)
            if not campaign.inbox.has_answer(question.number)
        ]
        if not campaign.running:
            raise DeskError(
                f"campaign {campaign.id} does not run ({_state(campaign)}); resume_campaign goes on with it"
            )
        if not questions:
            return None
        # Several agents may ask: whoever comes next gets what was handed out longest ago.
        order = {number: k for k, number in enumerate(self._handed_out)}
        question = min(questions, key=lambda one: order.get(one.number, -1))
        before = question.number in order
        self._handed_out = [*(n for n in self._handed_out if n != question.number), question.number]
        return {
            "id": question.number,
            "repair": question.turn > 0,
            "handed_out_before": before,
            "text": spoken(question.messages),
        }

    def submit(self, number: int, answer: str) -> None:
        """Hand in the answer to a question.

        Raises:
            DeskError: if there is no such open question, or the answer is empty or too long.
            InboxError: if it cannot be written or the question has an answer.
        """
        campaign = self._some_campaign()
        if not answer.strip():
            raise DeskError("the answer is empty: hand in its whole text")
        if len(answer.encode("utf-8", "replace")) > LONGEST_BYTES:
            raise DeskError(f"the answer is longer than {LONGEST_BYTES} bytes: hand in a much shorter program")
        call = self._call(campaign, number)
        if call["state"] != "reserved":
            said = "has an answer already" if call["state"] == "answered" else "was withdrawn"
            raise DeskError(f"prompt {number:06d} {said}; next_prompt gives one that is open")
        campaign.inbox.put_answer(number, answer)

    def _call(self, campaign: Campaign, number: int) -> sqlite3.Row:
        row = self.archive.row(
            "SELECT proposal_id, turn, state FROM llm_calls WHERE campaign_id = ? AND model = ? "
            "AND json_extract(params, '$.number') = ?",
            (campaign.id, MODEL, number),
        )
        if row is None:
            numbers = ", ".join(f"{one.number:06d}" for one in open_questions(self.archive, campaign.id))
            raise DeskError(f"campaign {campaign.id} has no prompt {number:06d}; open are: {numbers or 'none'}")
        return row

    def verdict(self, number: int) -> dict[str, Any] | None:
        """What became of an answer; None as long as it is not judged.

        Raises:
            DeskError: if there is no such question.
        """
        call = self._call(self._some_campaign(), number)
        turn = call["turn"]
        proposal = self.archive.row("SELECT * FROM proposals WHERE id = ?", (call["proposal_id"],))
        if proposal is None or call["state"] == "reserved" or proposal["turn"] < turn:
            return None
        mended = proposal["turn"] > turn
        if not mended and proposal["node"] not in ("repair", "done"):
            return None
        trained = self.archive.row(
            "SELECT verdict, score, feedback FROM evaluations "
            "WHERE proposal_id = ? AND split = 'train' AND evaluations.repeat = ?",
            (proposal["id"], turn),
        )
        judged = {
            "id": number,
            "verdict": "rejected" if trained is None else trained["verdict"],
            "train_score": None if trained is None else trained["score"],
            "feedback": "" if trained is None else trained["feedback"],
            "repair_asked": mended or proposal["node"] == "repair",
        }
        if mended:
            return judged
        if proposal["status"] == "duplicate":
            judged["verdict"] = "duplicate"
        elif proposal["candidate_id"] is not None:
            judged["verdict"] = proposal["verdict"] or judged["verdict"]  # validation or the audit may have said more
        return judged | {
            "feedback": proposal["failure"] or judged["feedback"] or self._admission(proposal),
            "candidate": proposal["candidate_id"],
            "validation_score": self._validation(proposal),
            "in_population": bool(proposal["admitted"]),
        }

    def _admission(self, proposal: sqlite3.Row) -> str:
        """Whether it entered the population, in words."""
        row = self.archive.row(
            "SELECT data FROM events WHERE campaign_id = ? AND proposal_id = ? AND kind = ?",
            (proposal["campaign_id"], proposal["id"], proposal["status"]),
        )
        event = {} if row is None else json.loads(row["data"])
        if proposal["admitted"]:
            return f"it entered the population at rank {event.get('rank', 0)}"
        return "it did not enter the population" + (f": {event['reason']}" if event.get("reason") else "")

    def _validation(self, proposal: sqlite3.Row) -> float | None:
        row = self.archive.row(
            "SELECT validation FROM elites WHERE campaign_id = ? AND proposal_id = ? AND candidate_id = ?",
            (proposal["campaign_id"], proposal["id"], proposal["candidate_id"]),
        )
        return None if row is None else row["validation"]

    def status(self) -> dict[str, Any]:
        """How far the campaign is.

        Raises:
            DeskError: if there is none.
        """
        campaign = self._some_campaign()
        row, history = campaign.row, CampaignHistory(self.archive, campaign.id)
        config = CampaignConfig.from_json(json.loads(row["config"]))
        objective = load_spec(locate(config.problem)).objective
        best = history.best_validated(objective.direction, audited=True)
        counts = history.counts()
        counts.pop("last")
        return {
            "campaign": campaign.id,
            "problem": row["problem"],
            "entry_point": row["entry_point"],
            "state": _state(campaign),
            "stop_reason": row["stop_reason"],
            "bounds": {key: value for key, value in config.as_json()["bounds"].items() if value is not None},
            "counts": counts,
            "verdicts": history.verdict_counts(),
            "seconds": round(row["active_seconds"], 1),
            "score": objective.unit,
            "better": "lower" if objective.direction == "min" else "higher",
            "best": None
            if best is None
            else {"candidate": best["candidate_id"], "train": best["train"], "validation": best["validation"]},
            "open_prompts": [question.number for question in open_questions(self.archive, campaign.id)],
            "inbox": str(campaign.inbox.path),
            "archive": str(self.archive.path),
        }

    def best(self, split: str, limit: int) -> list[dict[str, Any]]:
        """The best candidates of the campaign's problem on a split.

        Raises:
            DeskError: if there is no campaign, or the split is not one that may be looked at.
        """
        if split not in SPLITS:
            raise DeskError(f"split is {split!r}; allowed: {', '.join(SPLITS)}")
        if limit < 1:
            raise DeskError(f"limit must be at least 1, not {limit}")
        row = self._some_campaign().row
        spec = load_spec(locate(queries.problem_place(self.archive, row["problem"])))
        return queries.best(self.archive, spec.objective.direction, spec.name, split=split, limit=limit)

    def show(self, reference: str) -> dict[str, Any]:
        """A candidate: source, provenance, and what it did on train and validation.

        Raises:
            DeskError: if there is none, or several.
        """
        try:
            document = queries.show(self.archive, find_candidate(self.archive, reference).id)
        except KeyError as error:
            raise DeskError(str(error.args[0])) from None
        document["evaluations"] = [one for one in document["evaluations"] if one["split"] in SPLITS]
        return document


def _state(campaign: Campaign) -> str:
    """``running`` only while a process runs it: one that was killed says so of itself for ever."""
    state = str(campaign.row["state"])
    return "stopped" if state == "running" and not campaign.running else state
