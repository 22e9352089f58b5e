"""What state a campaign is in, as a person would say it."""

from __future__ import annotations

import json
from typing import Any

from evolve.archive.database import Archive
from evolve.campaign.store import is_driven


def with_states(archive: Archive, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Campaigns of :func:`evolve.archive.queries.campaigns` with their state in plain words.

    Args:
        archive: they are in.
        rows: the campaigns.

    Returns:
        Copies with ``driven``, whether a process of this machine runs it. One that is on record as running while its
        process has gone was ``interrupted``.
    """
    drivers = {
        row["id"]: row["driver"]
        for row in archive.rows(
            "SELECT c.id, c.driver FROM json_each(?) j CROSS JOIN campaigns c ON c.id = j.value",
            (json.dumps([row["campaign"] for row in rows]),),
        )
    }
    found = []
    for row in rows:
        driven = is_driven(drivers.get(row["campaign"]) or "")
        state = "interrupted" if row["state"] == "running" and not driven else row["state"]
        found.append(row | {"state": state, "driven": driven})
    return found


def with_state(archive: Archive, row: dict[str, Any]) -> dict[str, Any]:
    """One of them."""
    (found,) = with_states(archive, [row])
    return found
