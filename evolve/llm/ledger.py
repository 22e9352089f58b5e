"""The record of every call: its intent is committed before it is sent, its answer before anything uses it.

A row is one HTTP attempt. Its states::

    reserved ──► answered    an answer came; charged at what it cost
             ├─► refused     the provider refused, or nothing was sent; charged nothing; a retry gets a new request id
             └─► in_doubt    nobody knows whether it was served (timeout, lost connection, killed driver): charged at
                             its reserve; redone as the next attempt under the same request id
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from evolve.llm.budget import Spend

T = TypeVar("T")
State = Literal["reserved", "answered", "refused", "in_doubt"]
Message = Mapping[str, str]
"""``{"role": …, "content": …}``"""


@dataclass(frozen=True, slots=True)
class Intent:
    """An attempt about to be sent.

    Attributes:
        request_id: sent as ``Idempotency-Key``.
        attempt: 1, 2, … under this request id.
        proposal_id: of the proposal that asks.
        turn: 0, or the number of the repair.
        model: as in the settings.
        prompt_name: template names.
        prompt_hash: content hashes of the templates.
        messages: what is sent.
        params: what else is sent (``max_tokens``, ``temperature``).
        reserved: the most it can cost.
    """

    request_id: str
    attempt: int
    proposal_id: str
    turn: int
    model: str
    prompt_name: str
    prompt_hash: str
    messages: Sequence[Message]
    params: Mapping[str, Any]
    reserved: Spend


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an attempt ended.

    Attributes:
        state: ``answered``, ``refused`` or ``in_doubt``.
        cost_nusd: charged, in nano-dollars.
        error: one line, if there is no answer.
        answer: text of the message.
        finish_reason: the provider's word (``stop``, ``length``, ``content_filter``).
        prompt_tokens: as charged.
        completion_tokens: as charged.
        cached_tokens: of the prompt tokens, those from the provider's cache.
        model_version: the model as the provider named it in its answer.
    """

    state: State
    cost_nusd: int
    error: str | None = None
    answer: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class CallRow:
    """An attempt on record."""

    intent: Intent
    settlement: Settlement | None
    """None while it is under way."""


class Ledger(Protocol):
    """Durable record of the calls of one campaign. When a method returns, its effect is committed."""

    async def reserve(self, intent: Intent) -> None:
        """Record that an attempt is about to be sent."""
        ...

    async def settle(self, intent: Intent, settlement: Settlement) -> None:
        """Record how it ended."""
        ...

    def history(self, proposal_id: str, turn: int) -> list[CallRow]:
        """Attempts for one turn of a proposal, oldest first."""
        ...

    def recover(self) -> int:
        """Put in doubt what a dead driver left under way; returns how many attempts that is."""
        ...

    def spent(self) -> Spend:
        """What all attempts together are charged at; those under way and in doubt at their reserve."""
        ...


_INTENT = (
    "request_id, attempt, proposal_id, turn, model, prompt_name, prompt_hash, messages, params, reserved_nusd, "
    "reserved_tokens"
)
_SETTLEMENT = (
    "state, cost_nusd, error, answer, finish_reason, prompt_tokens, completion_tokens, cached_tokens, model_version"
)
ROW = f"{_INTENT}, {_SETTLEMENT}"


class ArchiveAccess(Protocol):
    """The part of :class:`evolve.archive.Archive` a ledger needs."""

    def write(self, *, durable: bool = False) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction, committed on exit."""
        ...

    async def commit_together(self, make: Callable[[sqlite3.Connection], T]) -> T:
        """Make a change durable, along with those of other coroutines."""
        ...

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        ...


class ArchiveLedger:
    """The ledger in the archive's table ``llm_calls``.

    Intents and answers are forced to the disk: a power cut must neither lose an answer that was paid nor the trace of
    one that was asked for.
    """

    def __init__(self, archive: ArchiveAccess, campaign_id: str, clock: Callable[[], float] = time.time) -> None:
        self._archive = archive
        self._campaign_id = campaign_id
        self._clock = clock

    async def reserve(self, intent: Intent) -> None:
        """See :class:`Ledger`."""
        now = self._clock()
        await self._archive.commit_together(lambda connection: reserve(connection, intent, self._campaign_id, now))

    async def settle(self, intent: Intent, settlement: Settlement) -> None:
        """See :class:`Ledger`."""
        now = self._clock()
        await self._archive.commit_together(lambda connection: settle(connection, intent, settlement, now))

    def history(self, proposal_id: str, turn: int) -> list[CallRow]:
        """See :class:`Ledger`."""
        rows = self._archive.rows(
            f"SELECT {ROW} FROM llm_calls "  # noqa: S608 - constants only
            "WHERE proposal_id = ? AND turn = ? AND campaign_id = ? ORDER BY rowid",
            (proposal_id, turn, self._campaign_id),
        )
        return [read_row(tuple(row)) for row in rows]

    def recover(self) -> int:
        """See :class:`Ledger`."""
        with self._archive.write(durable=True) as connection:
            return connection.execute(
                "UPDATE llm_calls SET state = 'in_doubt', cost_nusd = reserved_nusd, settled_at = ?, "
                "error = 'the driver died before an answer was on record' WHERE campaign_id = ? AND state = 'reserved' "
                "AND batch_id IS NULL",  # a batch goes on without its driver
                (self._clock(), self._campaign_id),
            ).rowcount

    def spent(self) -> Spend:
        """See :class:`Ledger`."""
        (row,) = self._archive.rows(
            "SELECT coalesce(sum(CASE state WHEN 'reserved' THEN reserved_nusd ELSE cost_nusd END), 0), "
            "coalesce(sum(CASE state WHEN 'answered' THEN prompt_tokens + completion_tokens "
            "WHEN 'refused' THEN 0 ELSE reserved_tokens END), 0) FROM llm_calls WHERE campaign_id = ?",
            (self._campaign_id,),
        )
        return Spend(int(row[0]), int(row[1]))


def reserve(
    connection: sqlite3.Connection, intent: Intent, campaign_id: str, now: float, batch_id: str | None = None
) -> None:
    """Record inside a transaction that an attempt is about to be sent, alone or in a batch."""
    values = (
        intent.request_id,
        intent.attempt,
        intent.proposal_id,
        intent.turn,
        intent.model,
        intent.prompt_name,
        intent.prompt_hash,
        json.dumps([dict(m) for m in intent.messages], ensure_ascii=False),
        json.dumps(dict(intent.params)),
        intent.reserved.nusd,
        intent.reserved.tokens,
        campaign_id,
        now,
        batch_id,
    )
    connection.execute(
        f"INSERT INTO llm_calls ({_INTENT}, campaign_id, sent_at, batch_id, state) "  # noqa: S608 - constants only
        f"VALUES ({', '.join('?' * len(values))}, 'reserved')",
        values,
    )


def settle(connection: sqlite3.Connection, intent: Intent, settlement: Settlement, now: float) -> None:
    """Record inside a transaction how an attempt ended."""
    connection.execute(
        "UPDATE llm_calls SET state = ?, cost_nusd = ?, error = ?, answer = ?, finish_reason = ?, prompt_tokens = ?, "
        "completion_tokens = ?, cached_tokens = ?, model_version = ?, settled_at = ?, seconds = ? - sent_at "
        "WHERE request_id = ? AND attempt = ?",
        (
            settlement.state,
            settlement.cost_nusd,
            settlement.error,
            settlement.answer,
            settlement.finish_reason,
            settlement.prompt_tokens,
            settlement.completion_tokens,
            settlement.cached_tokens,
            settlement.model_version,
            now,
            now,
            intent.request_id,
            intent.attempt,
        ),
    )


def read_row(values: tuple[Any, ...]) -> CallRow:
    """The attempt in the columns ``ROW``."""
    request_id, attempt, proposal_id, turn, model, name, digest, messages, params, nusd, tokens, state, *rest = values
    intent = Intent(
        request_id, attempt, proposal_id, turn, model, name, digest, json.loads(messages), json.loads(params),
        Spend(nusd, tokens),
    )  # fmt: skip
    return CallRow(intent, None if state == "reserved" else Settlement(state, *rest))
