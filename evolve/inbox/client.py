"""Asking through an inbox: a question becomes a file, and whoever puts the answer beside it is the model.

The order is that of calls to models: the intent is committed, then the question is put there; the answer is committed,
then it is used. A question that a killed driver left open stays open under its number, word for word.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from evolve.inbox.folder import InboxFolder
from evolve.llm import loop
from evolve.llm.budget import Spend
from evolve.llm.client import Answer, Call, answer_of, answer_on_record
from evolve.llm.errors import BudgetExhaustedError, StoppedError
from evolve.llm.ledger import ArchiveAccess, ArchiveLedger, Intent, Message, Settlement
from evolve.llm.settings import LLMSettings

MODEL = "inbox"
"""The model's name on record."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Question:
    """A question on record: its number, the turn of its proposal, and what is asked."""

    number: int
    turn: int
    messages: tuple[Message, ...]


def open_questions(archive: ArchiveAccess, campaign_id: str) -> list[Question]:
    """The questions of a campaign that have no answer on record, oldest first."""
    rows = archive.rows(
        "SELECT json_extract(params, '$.number') AS number, turn, messages FROM llm_calls "
        "WHERE campaign_id = ? AND model = ? AND state = 'reserved' ORDER BY number",
        (campaign_id, MODEL),
    )
    return [Question(row["number"], row["turn"], tuple(json.loads(row["messages"]))) for row in rows]


class InboxClient:
    """The answers of whoever reads an inbox. Made once a campaign; its calls block, each in a thread of its own.

    Args:
        folder: that has been opened.
        archive: where questions and answers are recorded.
        campaign_id: of the campaign that asks.
        concurrency: questions open at one time, so many threads ask.
        settings: which questions are asked; by default the usual ones.

    Raises:
        InboxError: if the folder cannot be read.
    """

    def __init__(
        self,
        folder: InboxFolder,
        archive: ArchiveAccess,
        campaign_id: str,
        concurrency: int,
        settings: LLMSettings | None = None,
    ) -> None:
        self.settings = settings or LLMSettings(models=(MODEL,), concurrency=concurrency)
        self.folder = folder
        self._ledger = ArchiveLedger(archive, campaign_id)
        (row,) = archive.rows(
            "SELECT coalesce(max(json_extract(params, '$.number')), 0) AS n FROM llm_calls WHERE model = ?", (MODEL,)
        )
        self._highest = max(int(row["n"]), folder.highest())
        self._numbering = threading.Lock()
        self._waiting: dict[int, str] = {}
        self._stopped = threading.Event()
        self._over = ""

    def complete(self, call: Call) -> Answer:
        """The answer to ``call``, from the archive if it is there, else once somebody has given one.

        Raises:
            StoppedError: :meth:`stop` was called; the question stays open.
            BudgetExhaustedError: :meth:`give_up` was called; the question is withdrawn.
            InboxError: if the folder cannot be written.
        """
        history = self._ledger.history(call.proposal_id, call.turn)
        found = answer_on_record(history)
        if found is not None:
            self.folder.put_away(_number(history[-1].intent))
            return found
        left_open = history[-1].intent if history and history[-1].settlement is None else None
        return self._answer(left_open or self._new_intent(call))

    def answered(self, proposal_id: str, turn: int) -> Answer | None:
        """The committed answer to a turn of a proposal, or None."""
        return answer_on_record(self._ledger.history(proposal_id, turn))

    def waiting(self) -> dict[int, str]:
        """Number of each question that waits for an answer -> why what is there cannot be taken, or nothing."""
        return dict(sorted(self._waiting.copy().items()))

    def charged(self, ordinal: int, nusd: int) -> int:
        """What is on record."""
        return nusd

    def stop(self) -> None:
        """End waiting with :class:`StoppedError`; a signal handler may call it."""
        self._stopped.set()

    def give_up(self, reason: str) -> None:
        """End waiting with :class:`BudgetExhaustedError`, for good."""
        self._over = self._over or reason
        self._stopped.set()

    def close(self) -> None:
        """Leave the folder to other campaigns."""
        self.folder.close()

    def _new_intent(self, call: Call) -> Intent:
        """A question with the next number, on record."""
        self._check()
        with self._numbering:  # until it is on record, so that what is asked later has the higher number there too
            self._highest += 1
            while self.folder.has_answer(self._highest):  # to no question of ours: somebody was ahead of it
                self._highest += 1
            intent = Intent(
                f"inbox-{uuid.uuid4().hex}", 1, call.proposal_id, call.turn, MODEL, call.prompt_name, call.prompt_hash,
                call.messages, {"number": self._highest}, Spend(),
            )  # fmt: skip
            loop.run(self._ledger.reserve(intent))
        return intent

    def _answer(self, intent: Intent) -> Answer:
        number = _number(intent)
        self.folder.ask(number, question_text(intent.messages, number))
        try:
            while (text := self.folder.answer(number)) is None:
                self._waiting[number] = self.folder.trouble(number)
                self._stopped.wait(LOOK_SECONDS)
                self._check(intent)
        finally:
            self._waiting.pop(number, None)
        settlement = Settlement("answered", 0, answer=text, finish_reason="stop")
        loop.run(self._ledger.settle(intent, settlement))
        self.folder.put_away(number)
        return answer_of(intent, settlement)

    def _check(self, intent: Intent | None = None) -> None:
        """Raise what ends the waiting, if anything does."""
        if not self._stopped.is_set():
            return
        if not self._over:
            raise StoppedError("stopped while a question waited for its answer")
        if intent is not None:
            self.folder.withdraw(_number(intent))
            loop.run(self._ledger.settle(intent, Settlement("refused", 0, self._over)))
        raise BudgetExhaustedError(self._over)


def _number(intent: Intent) -> int:
    return int(intent.params["number"])


def spoken(messages: Sequence[Message]) -> str:
    """What a model would be sent, as one text."""
    return "\n\n".join(message["content"].strip() for message in messages)


def question_text(messages: Sequence[Message], number: int) -> str:
    """What is put into the file of a question: what a model would be sent, and how to answer."""
    return spoken(messages) + (
        f"\n\n---\n\nPut the answer, in the form asked for above, in {number:06d}.answer.md (or .txt) in this folder.\n"
        "Write it under another name and rename it, or save it whole: what stays unchanged a second is taken.\n"
    )
