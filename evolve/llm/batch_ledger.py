"""The record of batches: which calls went out together, and how far the provider got with them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from evolve.llm.ledger import ROW, ArchiveAccess, ArchiveLedger, CallRow, Intent, Settlement, read_row, reserve, settle


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch whose answers are not on record yet.

    Attributes:
        id: ours.
        file: the provider's id of the file with the requests; None if it is not known to have been uploaded.
        batch: the provider's id of the batch; None if it is not known to have been made.
    """

    id: str
    file: str | None
    batch: str | None


class BatchLedger(ArchiveLedger):
    """A campaign's ledger that knows of batches too."""

    def __init__(self, archive: ArchiveAccess, campaign_id: str) -> None:
        super().__init__(archive, campaign_id)

    def open(self, batch_id: str, intents: Iterable[Intent]) -> None:
        """Record, before anything is sent, which attempts a batch consists of."""
        now = time.time()
        with self._archive.write(durable=True) as connection:
            connection.execute(
                "INSERT INTO llm_batches (id, campaign_id, created_at, state) VALUES (?,?,?,'open')",
                (batch_id, self._campaign_id, now),
            )
            for intent in intents:
                reserve(connection, intent, self._campaign_id, now, batch_id)

    def uploaded(self, batch_id: str, file: str) -> None:
        """Record the provider's id of the file."""
        with self._archive.write(durable=True) as connection:
            connection.execute("UPDATE llm_batches SET provider_file = ? WHERE id = ?", (file, batch_id))

    def created(self, batch_id: str, batch: str) -> None:
        """Record the provider's id of the batch."""
        with self._archive.write(durable=True) as connection:
            connection.execute("UPDATE llm_batches SET provider_batch = ? WHERE id = ?", (batch, batch_id))

    def collected(self, batch_id: str, outcome: str, settled: Iterable[tuple[Intent, Settlement]]) -> None:
        """Record how all attempts of a batch ended, in one transaction."""
        now = time.time()
        with self._archive.write(durable=True) as connection:
            for intent, settlement in settled:
                settle(connection, intent, settlement, now)
            connection.execute(
                "UPDATE llm_batches SET state = 'collected', outcome = ? WHERE id = ?", (outcome, batch_id)
            )

    def under_way(self) -> list[OpenBatch]:
        """Batches not collected yet, oldest first."""
        rows = self._archive.rows(
            "SELECT id, provider_file, provider_batch FROM llm_batches WHERE campaign_id = ? AND state = 'open' "
            "ORDER BY created_at, rowid",
            (self._campaign_id,),
        )
        return [OpenBatch(row["id"], row["provider_file"], row["provider_batch"]) for row in rows]

    def attempts(self, batch_id: str) -> list[CallRow]:
        """The attempts a batch consists of."""
        rows = self._archive.rows(
            f"SELECT {ROW} FROM llm_calls WHERE batch_id = ? ORDER BY rowid",  # noqa: S608 - constants only
            (batch_id,),
        )
        return [read_row(tuple(row)) for row in rows]
