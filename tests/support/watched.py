"""What an archive asks of SQLite."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

GROWING = set(
    "candidates proposals evaluations instance_scores parents members elites events llm_calls "
    "catalog catalog_text catalog_tallies catalog_arms insights".split()
)
STEPS = 1000


class Watched:
    """What is asked of SQLite: statements, and thousands of steps of its machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements: list[str] = []
        self.steps = 0
        connect = sqlite3.connect

        def connected(*arguments: Any, **more: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **more)
            connection.set_trace_callback(self.statements.append)
            connection.set_progress_handler(self._step, STEPS)
            return connection

        monkeypatch.setattr("evolve.archive.database.sqlite3.connect", connected)

    def _step(self) -> None:
        self.steps += 1

    def scans(self, path: Path) -> list[str]:
        """Statements that go through a whole growing table or index, with that step of their plan."""
        found = []
        connection = sqlite3.connect(path)
        for statement in dict.fromkeys(self.statements):
            if not re.match(r"\s*(WITH|SELECT|UPDATE|DELETE)\b", statement, re.IGNORECASE):
                continue
            named = dict(re.findall(r"\b(?:FROM|JOIN|UPDATE) (\w+)(?: (?!SET|WHERE|ON)(\w+))?", statement))
            aliases = {alias or table: table for table, alias in named.items()}
            for _, _, _, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                # What is searched for in a full text is looked up, too, though it is called a scan.
                scanned = re.match(r"SCAN (\w+)(?!.* VIRTUAL TABLE INDEX \d+:\S*M)", detail)
                if scanned and aliases.get(scanned[1], scanned[1]) in GROWING:
                    found.append(f"{detail}: {statement[:300]}")
        connection.close()
        return found

    def plans(self, path: Path) -> list[str]:
        """The steps of what went through the catalogue for a page."""
        connection = sqlite3.connect(path)
        asked = [one for one in dict.fromkeys(self.statements) if " AS fits FROM catalog" in one]
        steps = [step[3] for one in asked for step in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
        connection.close()
        return steps
