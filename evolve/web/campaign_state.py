"""What state a campaign or a comparison is in, as a person would say it."""

from __future__ import annotations

import json
from typing import Any

from evolve.archive.database import Archive
from evolve.campaign.store import is_driven


def with_states(archive: Archive, rows: list[dict[str, Any]], kind: str = "campaign") -> list[dict[str, Any]]:
    """Campaigns or comparisons of :mod:`evolve.archive.queries` with their state in plain words.

    Args:
        archive: they are in.
        rows: the campaigns or comparisons.
        kind: ``campaign`` or ``comparison``.

    Returns:
        Copies with ``driven``, whether a process of this machine runs it. One that is on record as running while its
        process has gone was ``interrupted``.
    """
    drivers = {
        row["id"]: row["driver"]
        for row in archive.rows(
            f"SELECT c.id, c.driver FROM json_each(?) j CROSS JOIN {kind}s c ON c.id = j.value",  # noqa: S608
            (json.dumps([row[kind] for row in rows]),),
        )
    }
    found = []
    for row in rows:
        driven = is_driven(drivers.get(row[kind]) or "")
        state = "interrupted" if row["state"] == "running" and not driven else row["state"]
        found.append(row | {"state": state, "driven": driven})
    return found


def with_state(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    """One of them."""
    (found,) = with_states(archive, [row])
    return found
