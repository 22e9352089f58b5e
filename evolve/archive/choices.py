"""What there is to choose from where proposals are listed (:mod:`evolve.archive.browse`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evolve.archive.browse import VERDICTS
from evolve.archive.database import Archive


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, for forms."""

    problems: tuple[str, ...]
    campaigns: tuple[str, ...]
    entry_points: tuple[str, ...]
    proposers: tuple[str, ...]
    operators: tuple[str, ...]
    models: tuple[str, ...]
    verdicts: tuple[str, ...] = VERDICTS

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def choices(archive: Archive) -> Choices:
    """Names that :class:`Wanted` can be filled with; of campaigns the latest hundred."""
    campaigns = archive.rows("SELECT id, problem, entry_point, proposer FROM campaigns ORDER BY created_at DESC")
    arms = archive.rows("SELECT DISTINCT operator, model FROM catalog_arms")

    def names(rows: Sequence[sqlite3.Row], column: str) -> tuple[str, ...]:
        return tuple(sorted({row[column] for row in rows} - {"", None}))

    return Choices(
        names(campaigns, "problem"),
        tuple(row["id"] for row in campaigns[:100]),
        names(campaigns, "entry_point"),
        names(campaigns, "proposer"),
        names(arms, "operator"),
        names(arms, "model"),
    )
