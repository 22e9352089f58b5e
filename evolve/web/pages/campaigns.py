"""All campaigns, newest first, and comparisons."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.web.campaign_state import with_states
from evolve.web.site import OurArchive, OurSite

PER_PAGE = 50
router = APIRouter(include_in_schema=False)


@router.get("/")
def campaigns(site: OurSite, archive: OurArchive, before: float | None = None) -> HTMLResponse:
    """The page; ``before`` a moment, for older ones."""
    version = site.pulse.version()
    return site.page("campaigns.html", rows_of(archive, before) | {"version": version})


def rows_of(archive: Archive, before: float | None) -> dict[str, Any]:
    """What is listed."""
    rows = queries.campaigns(archive, PER_PAGE + 1, before)
    shown = with_states(archive, rows[:PER_PAGE])
    older = shown[-1]["created_at"] if len(rows) > PER_PAGE else None
    comparisons = with_states(archive, queries.comparisons(archive), "comparison") if before is None else []
    return {"campaigns": shown, "comparisons": comparisons, "older": older, "first": before is None}
