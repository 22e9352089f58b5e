"""A recorded campaign as the model: every question must be the one that was asked then, and gets the answer it got.

A campaign of one lane (one worker and, for an LLM, one call at a time) asks the same questions again, word for word,
as long as the platform, the problem and its settings are the same; so the whole of it can be repeated bit for bit
without a network and without cost. At the first question that differs it stops and says where. Questions differ too
where scores are measured times, or where a limit's feedback told how long a program had run.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evolve.archive.database import Archive
from evolve.campaign.config import CampaignConfig
from evolve.inbox.client import MODEL
from evolve.llm import loop
from evolve.llm.budget import Spend
from evolve.llm.client import Answer, Call, answer_of, answer_on_record
from evolve.llm.errors import BudgetExhaustedError, FatalLLMError, RefusedError, StoppedError
from evolve.llm.ledger import ArchiveLedger, CallRow, Message
from evolve.llm.settings import LLMSettings

REPLAYED = ("llm", "inbox")
"""Proposers whose campaigns can be replayed: those that ask."""
_SHAPING = ("seed", "repairs", "population")
"""Settings of a campaign without which its questions cannot be the same."""
_EXCERPT = 80


class ReplayedAnswersError(FatalLLMError):
    """The record cannot be replayed, or not any further; the message is one sentence."""


def check_record(config: CampaignConfig, archive: Archive, problem_version: str) -> None:
    """Find what would keep the campaign from replaying its record.

    Raises:
        ReplayedAnswersError: one sentence.
    """
    source = _source_archive(config, archive)
    try:
        recorded, row = _recorded(config, source)
        if row["problem_version"] != problem_version:
            raise ReplayedAnswersError(
                f"campaign {row['id']} was run on version {row['problem_version']} of {row['problem']}, which is "
                f"{problem_version} here: its questions cannot be asked again"
            )
        for key in _SHAPING:
            then, now = getattr(recorded, key), getattr(config, key)
            if then != now:
                raise ReplayedAnswersError(
                    f"campaign {row['id']} cannot be replayed with another {key}: it had {then}, not {now}"
                )
    finally:
        if source is not archive:
            source.close()


def _source_archive(config: CampaignConfig, archive: Archive) -> Archive:
    named = config.replay.archive
    if named is None or Path(named).resolve() == archive.path.resolve():
        return archive
    return Archive(named, create=False)


def _recorded(config: CampaignConfig, source: Archive) -> tuple[CampaignConfig, Any]:
    """The campaign to replay: its configuration and its row."""
    import json

    wanted = config.replay.campaign
    if wanted is None:
        raise ReplayedAnswersError(
            'the replay proposer needs a campaign: --replay-from ID, or campaign = "ID" in the [replay] table'
        )
    rows = source.rows("SELECT * FROM campaigns WHERE substr(id, 1, ?) = ?", (len(wanted), wanted))
    if len(rows) != 1:
        what = "several campaigns' ids start" if rows else "no campaign's id starts"
        raise ReplayedAnswersError(
            f"{source.path}: {what} with {wanted!r}; `evolve archive list` shows those there are"
        )
    recorded = CampaignConfig.from_json(json.loads(rows[0]["config"]))
    if recorded.proposer not in REPLAYED:
        hint = f"; it replayed {recorded.replay.campaign}, name that one" if recorded.proposer == "replay" else ""
        raise ReplayedAnswersError(
            f"campaign {rows[0]['id']} is of the proposer {recorded.proposer}, which asks nobody: only campaigns of "
            f"{' and '.join(REPLAYED)} can be replayed{hint}"
        )
    return recorded, rows[0]


class RecordedClient:
    """Answers from the calls of a recorded campaign. Made once a campaign.

    Args:
        config: of the campaign that asks now; its ``replay`` names the record.
        archive: where that campaign is kept; its questions and answers are recorded there too, at no cost.
        campaign_id: of the campaign that asks now.

    Raises:
        ReplayedAnswersError, ArchiveError: if there is no such record.
    """

    def __init__(self, config: CampaignConfig, archive: Archive, campaign_id: str) -> None:
        self._archive = archive
        self._source = _source_archive(config, archive)
        try:
            recorded, row = _recorded(config, self._source)
        except ReplayedAnswersError:
            self.close()
            raise
        self.campaign = str(row["id"])
        if recorded.proposer == "llm":
            settings = LLMSettings.from_table(recorded.llm)
        else:
            settings = LLMSettings.for_inbox(recorded.llm, MODEL, recorded.inbox.concurrency)
        self.settings = settings
        self.recorded = recorded
        self._record = ArchiveLedger(self._source, self.campaign)
        self._ledger = ArchiveLedger(archive, campaign_id)
        self._campaign_id = campaign_id
        self._stopped = False

    def complete(self, call: Call) -> Answer:
        """The answer that the same question got.

        Raises:
            ReplayedAnswersError: it is another question, or none was asked here.
            RefusedError: it was refused then.
            BudgetExhaustedError: it was not asked then for want of money or tokens, or the record ends before it.
            StoppedError: :meth:`stop` was called.
        """
        if self._stopped:
            raise StoppedError("stopped before the question was asked")
        proposal = self._then(call.proposal_id)
        history = self._record.history(proposal, call.turn)
        if not history:
            raise self._unasked(proposal, call)
        self._same(history[-1], call, proposal)
        answered = next((row for row in history if _is_answered(row)), None)
        if answered is None:
            raise RefusedError(self._failure(proposal) or f"it got no answer in campaign {self.campaign} either")
        if answer_on_record(self._ledger.history(call.proposal_id, call.turn)) is None:
            self._write_down(answered, call)
        assert answered.settlement is not None
        return answer_of(answered.intent, answered.settlement)

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """The answer on record to a turn of a proposal, or None."""
        return answer_on_record(self._record.history(self._then(proposal_id), turn))

    def charged(self, ordinal: int, nusd: int) -> int:
        """What the recorded proposal's answers cost: the bandit then draws as it did."""
        row = self._source.row(
            "SELECT coalesce(sum(cost_nusd), 0) AS nusd FROM llm_calls WHERE proposal_id = ?",
            (f"{self.campaign}-{ordinal:06d}",),
        )
        return 0 if row is None else int(row["nusd"])

    def stop(self) -> None:
        """Ask nothing more."""
        self._stopped = True

    def close(self) -> None:
        """Close the archive the record is in, if it is not the campaign's own."""
        if self._source is not self._archive:
            self._source.close()

    def _then(self, proposal_id: str) -> str:
        """Id of what was asked for then: the proposal, or the summary, of the same number."""
        return self.campaign + proposal_id.removeprefix(self._campaign_id)

    def _failure(self, proposal: str) -> str:
        row = self._source.row("SELECT failure FROM proposals WHERE id = ?", (proposal,))
        return "" if row is None else str(row["failure"])

    def _unasked(self, proposal: str, call: Call) -> BudgetExhaustedError | ReplayedAnswersError:
        """Why there is no such question on record."""
        row = self._source.row("SELECT status, node, failure FROM proposals WHERE id = ?", (proposal,))
        if row is None:
            return BudgetExhaustedError(f"campaign {self.campaign} has no further answers")
        if row["status"] == "unpaid":
            return BudgetExhaustedError(row["failure"])
        if row["node"] != "done":
            return BudgetExhaustedError(f"campaign {self.campaign} was stopped at this question")
        return ReplayedAnswersError(
            f"{_place(proposal, call)}: a question is asked that campaign {self.campaign} did not ask"
        )

    def _same(self, then: CallRow, call: Call, proposal: str) -> None:
        difference = _difference(then.intent.messages, call.messages)
        if difference is None and then.intent.model == call.model:
            return
        if difference is None:
            difference = f"{then.intent.model} was asked then, {call.model} now"
        elif then.intent.prompt_hash != call.prompt_hash:
            difference += f" (the template {call.prompt_name} or one it includes has changed since)"
        lanes = "" if self._was_in_order() else "; it had several proposals under way at one time, in no certain order"
        raise ReplayedAnswersError(
            f"{_place(proposal, call)}: the question is not the one campaign {self.campaign} asked: {difference}{lanes}"
        )

    def _was_in_order(self) -> bool:
        asked = self.settings.concurrency
        return asked == 1 and (self.recorded.proposer == "inbox" or self.recorded.workers == 1)

    def _write_down(self, then: CallRow, call: Call) -> None:
        """The question and its answer, in the new campaign's own record; nobody was paid."""
        assert then.settlement is not None
        intent = replace(
            then.intent, request_id=f"replay-{uuid.uuid4().hex}", attempt=1, proposal_id=call.proposal_id,
            prompt_name=call.prompt_name, prompt_hash=call.prompt_hash, reserved=Spend(),
        )  # fmt: skip
        loop.run(self._ledger.reserve(intent))
        loop.run(self._ledger.settle(intent, replace(then.settlement, cost_nusd=0)))


def _is_answered(row: CallRow) -> bool:
    return row.settlement is not None and row.settlement.state == "answered"


def _place(proposal: str, call: Call) -> str:
    number = int(proposal.rpartition("-")[2])
    return f"proposal {number}" + (f", repair {call.turn}" if call.turn else "")


def _difference(then: Sequence[Message], now: Sequence[Message]) -> str | None:
    """Where the messages differ first, in words; None if they do not."""
    for old, new in zip_longest(then, now):
        if old is None or new is None:
            return f"it had {len(then)} messages and has {len(now)}"
        if dict(old) == dict(new):
            continue
        lines = zip_longest(old["content"].split("\n"), new["content"].split("\n"), fillvalue="")
        number, (was, is_) = next(pair for pair in enumerate(lines, 1) if pair[1][0] != pair[1][1])
        return f"line {number} of the {new['role']} message was {_excerpt(was)} and is {_excerpt(is_)}"
    return None


def _excerpt(line: str) -> str:
    return repr(line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…")
