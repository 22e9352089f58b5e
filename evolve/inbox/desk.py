"""What whoever answers may ask and hand in: a campaign's questions, their verdicts, and what is in the archive.

It knows of train and validation only. Nothing of ``test`` is looked up here, so that nothing of it can be told.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators.declaration import ProblemSpec
from evaluators.registry import describe_problem
from evolve.archive import Archive
from evolve.campaign.config import CampaignConfig
from evolve.campaign.history import CampaignHistory
from evolve.campaign.store import is_driven
from evolve.inbox.client import MODEL, Question, open_questions, spoken
from evolve.inbox.folder import LONGEST_BYTES, InboxError, InboxFolder, folder_beside
from evolve.inbox.verdict import judged


@dataclass(frozen=True, slots=True)
class Campaign:
    """An inbox campaign: its row, its configuration, whether a process runs it, and its inbox."""

    row: sqlite3.Row
    config: CampaignConfig
    running: bool
    inbox: InboxFolder

    @property
    def id(self) -> str:
        """Of the campaign."""
        return str(self.row["id"])

    @property
    def state(self) -> str:
        """``running`` only while a process runs it: one that was killed says so of itself for ever."""
        state = str(self.row["state"])
        return "stopped" if state == "running" and not self.running else state

    def spec(self) -> ProblemSpec:
        """Of its problem."""
        return _described(self.config.problem)


@functools.cache
def _described(problem: str) -> ProblemSpec:
    """Its declaration, read once: whoever waits for a verdict asks ten times a second."""
    return describe_problem(problem)


class Desk:
    """The inbox campaigns of one archive.

    Args:
        archive: need not exist yet.
        inbox: only campaigns with this inbox; None: all of the archive.
    """

    def __init__(self, archive: Archive, inbox: Path | None = None) -> None:
        self.archive = archive
        self.inbox = inbox

    def campaign(self) -> Campaign | None:
        """The one that runs, else the newest; None if there is none.

        Raises:
            InboxError: if several run.
        """
        found: list[Campaign] = []
        rows = self.archive.rows(
            "SELECT id, problem, entry_point, config, state, stop_reason, active_seconds, driver FROM campaigns "
            "WHERE proposer = 'inbox' ORDER BY created_at DESC"
        )
        for row in rows:
            config = CampaignConfig.from_json(json.loads(row["config"]))
            folder = folder_beside(self.archive.path, config.inbox.folder)
            if self.inbox is None or folder.resolve() == self.inbox.resolve():
                found.append(Campaign(row, config, is_driven(row["driver"]), InboxFolder(folder)))
        running = [campaign for campaign in found if campaign.running]
        if len(running) > 1:
            folders = ", ".join(str(campaign.inbox.path) for campaign in running)
            raise InboxError(f"{self.archive.path}: several inbox campaigns run; --inbox says which, of: {folders}")
        return next(iter(running or found), None)

    def the_campaign(self) -> Campaign:
        """The one that runs, else the newest.

        Raises:
            InboxError: if there is none, or several run.
        """
        campaign = self.campaign()
        if campaign is None:
            raise InboxError(
                f"{self.archive.path}: holds no inbox campaign; `evolve run PROBLEM --proposer inbox` starts one"
            )
        return campaign

    def next_prompt(self, brief: bool = False) -> dict[str, Any] | None:
        """An open question, one that was not handed out before if there is any; None if there is none now.

        Its ``id`` is None and its ``state`` done if the campaign is.

        Args:
            brief: leave out the statement of the problem, which is the same in all of them.

        Raises:
            InboxError: if no campaign runs.
        """
        campaign = self.the_campaign()
        if campaign.state == "done":
            return {"id": None, "state": "done", "text": f"The campaign is done ({campaign.row['stop_reason']})."}
        if not campaign.running:
            raise InboxError(_go_on(campaign))
        questions = [one for one in open_questions(self.archive, campaign.id) if not self._has_answer(campaign, one)]
        if not questions:
            return None
        # Several may ask, of one process or of several: whoever comes next gets what was handed out longest ago.
        question = min(questions, key=lambda one: campaign.inbox.handed_out(one.number))
        before = campaign.inbox.handed_out(question.number) > 0
        campaign.inbox.hand_out(question.number)
        text = spoken(question.messages)
        return {
            "id": question.number,
            "state": "running",
            "repair": question.turn > 0,
            "handed_out_before": before,
            "text": _without(text, campaign.spec().statement) if brief else text,
        }

    def _has_answer(self, campaign: Campaign, question: Question) -> bool:
        return campaign.inbox.has_answer(question.number) and not campaign.inbox.trouble(question.number)

    def submit(self, number: int, answer: str) -> None:
        """Hand in the answer to a question.

        Raises:
            InboxError: if there is no such open question, it has an answer, or the answer is empty or too long.
        """
        campaign = self.the_campaign()
        call = self._call(campaign, number)
        if call["state"] != "reserved":
            said = "has an answer already" if call["state"] == "answered" else "was withdrawn"
            raise InboxError(f"prompt {number:06d} {said}; open are: {self._open(campaign)}")
        if not answer.strip():
            raise InboxError("the answer is empty: hand in its whole text")
        size = len(answer.encode("utf-8", "replace"))
        if size > LONGEST_BYTES:
            raise InboxError(f"the answer has {size} bytes, of at most {LONGEST_BYTES}: hand in a much shorter program")
        campaign.inbox.put_answer(number, answer)

    def _call(self, campaign: Campaign, number: int) -> sqlite3.Row:
        row = self.archive.row(
            "SELECT proposal_id, turn, state FROM llm_calls WHERE campaign_id = ? AND model = ? "
            "AND json_extract(params, '$.number') = ?",
            (campaign.id, MODEL, number),
        )
        if row is None:
            raise InboxError(f"campaign {campaign.id} has no prompt {number:06d}; open are: {self._open(campaign)}")
        return row

    def _open(self, campaign: Campaign) -> str:
        return _numbers([one.number for one in open_questions(self.archive, campaign.id)])

    def verdict(self, number: int) -> dict[str, Any] | None:
        """What became of an answer; None as long as it is not judged.

        Raises:
            InboxError: if there is no such question, or nobody is there to judge.
        """
        campaign = self.the_campaign()
        call = self._call(campaign, number)
        found = judged(self.archive, campaign.id, campaign.spec(), call)
        if found is None and not campaign.running:
            kept = "the answer is kept; " if campaign.inbox.has_answer(number) or call["state"] == "answered" else ""
            raise InboxError(kept + _go_on(campaign))
        if found is None:
            return None
        row = self.archive.row("SELECT ordinal FROM proposals WHERE id = ?", (call["proposal_id"],))
        assert row is not None  # it was judged
        return {"id": number, "position": self._position(campaign, row["ordinal"])} | found

    def _position(self, campaign: Campaign, ordinal: int) -> str:
        """Where a proposal stands in what the campaign may spend."""
        bounds = campaign.config.bounds
        said = f"proposal {ordinal}" + ("" if bounds.proposals is None else f" of {bounds.proposals}")
        if bounds.evaluations is not None:
            counts = CampaignHistory(self.archive, campaign.id).counts()
            said += f", {counts['evaluations']} of {bounds.evaluations} evaluations"
        return said

    def status(self) -> dict[str, Any]:
        """How far the campaign is.

        Raises:
            InboxError: if there is none.
        """
        campaign = self.the_campaign()
        row, history = campaign.row, CampaignHistory(self.archive, campaign.id)
        spec = campaign.spec()
        objective = spec.objective
        best = history.best_validated(objective.direction, audited=True)
        counts = history.counts()
        last = counts.pop("last")
        questions = open_questions(self.archive, campaign.id)
        return {
            "campaign": campaign.id,
            "problem": row["problem"],
            "entry_point": row["entry_point"],
            "state": campaign.state,
            "stop_reason": row["stop_reason"],
            "position": self._position(campaign, last),
            "bounds": {key: value for key, value in campaign.config.as_json()["bounds"].items() if value is not None},
            "counts": counts,
            "verdicts": history.verdict_counts(),
            "seconds": round(row["active_seconds"], 1),
            "score": objective.unit,
            "trust": spec.trust,
            "better": "lower" if objective.direction == "min" else "higher",
            "best": None
            if best is None
            else {"candidate": best["candidate_id"], "train": best["train"], "validation": best["validation"]},
            "open_prompts": [question.number for question in questions],
            "troubles": [said for one in questions if (said := campaign.inbox.trouble(one.number))],
            "inbox": str(campaign.inbox.path),
            "archive": str(self.archive.path),
        }


def _go_on(campaign: Campaign) -> str:
    return f"campaign {campaign.id} does not run ({campaign.state}); `evolve resume {campaign.id}` goes on with it"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(f"{number:06d}" for number in numbers) or "none"


def _without(text: str, statement: str) -> str:
    """A question's text from the end of the problem's statement on; all of it if the statement has been changed."""
    _, found, rest = text.partition(statement.strip())
    return rest.strip() if found else text
