"""One run: a contestant on a set. Its rows in the archive are the only durable state; a killed run goes on from them.

A run's id is the hash of its set, contestant and what shapes the answers, so the same command finds its run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evolve.archive import Archive
from evolve.campaign.store import process_mark
from evolve.llm import Answer, LLMError, RefusedError
from evolve.rcbench.reading import Reading
from evolve.rcbench.results import Kind, Verdict, write_violations

_NOT_IDENTITY = ("base_url", "api_key_env")
"""Where a model is reached may change between two starts of a run."""


class RunError(ValueError):
    """A run cannot be started or gone on with; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who is asked.

    Attributes:
        name: in tables.
        kind: ``llm``, ``solver`` or ``archive``.
        model: litellm's name of a model; of another contestant what it is called with ``--solver``.
        settings: what shapes its answers, and where a model is reached.
    """

    name: str
    kind: Kind
    model: str
    settings: Mapping[str, Any]

    def run_id(self, set_id: str) -> str:
        """Id of its run on a set: 16 hex digits."""
        shaping = {key: value for key, value in self.settings.items() if key not in _NOT_IDENTITY}
        identity = json.dumps([set_id, self.kind, self.model, shaping], sort_keys=True)
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


class RunStore:
    """The rows of one run, written and read; thread-safe.

    Raises:
        RunError: if another process is driving it.
    """

    def __init__(self, archive: Archive, set_id: str, contestant: Contestant) -> None:
        self.archive, self.contestant = archive, contestant
        self.id = contestant.run_id(set_id)
        mark = process_mark(os.getpid())
        with archive.write() as connection:
            row = connection.execute("SELECT state, driver FROM rcbench_runs WHERE id = ?", (self.id,)).fetchone()
            pid = "" if row is None or row["state"] != "running" else row["driver"].partition(":")[0]
            if pid and row["driver"] != mark and process_mark(int(pid)) == row["driver"]:
                raise RunError(f"{archive.path}: run {self.id} of {contestant.name} is being driven by process {pid}")
            connection.execute(
                "INSERT INTO rcbench_runs (id, created_at, set_id, contestant, kind, model, settings, state, "
                "stop_reason, driver) VALUES (?,?,?,?,?,?,?,'running','',?) "
                "ON CONFLICT (id) DO UPDATE SET state = 'running', stop_reason = '', driver = excluded.driver, "
                "settings = excluded.settings",
                (
                    self.id, time.time(), set_id, contestant.name, contestant.kind, contestant.model,
                    json.dumps(dict(contestant.settings), sort_keys=True), mark,
                ),
            )  # fmt: skip

    def proposal_id(self, instance_id: str) -> str:
        """Under which the calls about an instance are on record."""
        return f"{self.id}-{instance_id[:16]}"

    def complete(self, repairs: int = 0) -> set[str]:
        """Ids of the instances about which nothing more is to be asked.

        Args:
            repairs: turns after the first that an answer may take.
        """
        rows = self.archive.rows(
            "SELECT instance_id, max(turn) AS turn, verdict FROM rcbench_answers WHERE run_id = ? GROUP BY instance_id",
            (self.id,),
        )
        return {row["instance_id"] for row in rows if is_final(row["verdict"], row["turn"], repairs)}

    def answered(self, instance_id: str, turn: int, reading: Reading, answer: Answer) -> None:
        """A model's answer and what it came to."""
        call = answer.request_id, answer.attempt, answer.prompt_tokens, answer.completion_tokens
        # Should it be lost, it is made again from the answer on record.
        self.archive.commit_later(self._put(instance_id, turn, reading, call))

    def unanswered(self, instance_id: str, turn: int, error: LLMError) -> None:
        """A model gave no answer: the provider refused, or could not be reached."""
        verdict: Verdict = "refused" if isinstance(error, RefusedError) else "failed"
        self.archive.commit(self._put(instance_id, turn, Reading(verdict, {}, (), str(error)), (None, None, 0, 0)))

    def computed(self, instance_id: str, reading: Reading, seconds: float) -> None:
        """A schedule that cost nothing but computing; a power cut may undo it, a kill does not."""
        with self.archive.write() as connection:
            self._put(instance_id, 0, reading, (None, None, 0, 0), seconds)(connection)

    def flush(self) -> None:
        """Have all that was answered on record."""
        self.archive.commit(lambda _: None)

    def finish(self, state: str, reason: str = "") -> None:
        """The run is ``done``, or ``stopped`` for a reason."""
        with self.archive.write(durable=True) as connection:
            connection.execute(
                "UPDATE rcbench_runs SET state = ?, stop_reason = ? WHERE id = ?", (state, reason, self.id)
            )

    def _put(
        self, instance_id: str, turn: int, reading: Reading, call: tuple[str | None, int | None, int, int],
        seconds: float | None = None,
    ) -> Callable[[sqlite3.Connection], None]:  # fmt: skip
        """Puts the row of an answer into the archive."""
        request_id, attempt, prompt, completion = call
        # What attempts in doubt are charged at is part of what the answer cost.
        sql = (
            "INSERT OR REPLACE INTO rcbench_answers (run_id, instance_id, turn, verdict, kinds, first_kind, "
            "violations, schedule, note, request_id, attempt, input_tokens, output_tokens, created_at, cost_nusd, "
            "seconds) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
            "(SELECT coalesce(sum(cost_nusd), 0) FROM llm_calls WHERE proposal_id = ? AND turn = ?),"
            "coalesce(?, (SELECT seconds FROM llm_calls WHERE request_id = ? AND attempt = ?), 0))"
        )
        values = (
            self.id, instance_id, turn, reading.verdict, json.dumps(reading.kinds), reading.first_kind,
            write_violations(reading.violations), json.dumps(dict(reading.schedule)), reading.note, request_id,
            attempt, prompt, completion, time.time(), self.proposal_id(instance_id), turn, seconds, request_id, attempt,
        )  # fmt: skip

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(sql, values)

        return put


def is_final(verdict: Verdict, turn: int, repairs: int) -> bool:
    """Whether a contestant is done with an instance after the answer to ``turn``."""
    return verdict in ("feasible", "refused") or (verdict != "failed" and turn >= repairs)
