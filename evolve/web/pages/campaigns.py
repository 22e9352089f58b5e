"""All campaigns, newest first, and comparisons."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.web.campaign_state import with_states
from evolve.web.site import CannotError, NotFoundError, OurArchive, OurForm, OurSite

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
    comparisons = queries.comparisons(archive) if before is None else []
    return {"campaigns": shown, "comparisons": comparisons, "older": older, "first": before is None}


@router.post("/comparisons/{comparison}/export")
def export(site: OurSite, archive: OurArchive, form: OurForm, comparison: str) -> Response:
    """The report of a comparison, to be mailed."""
    from evolve.report.comparison import comparison_report
    from evolve.report.pages import ReportError

    found = queries.starting_with(archive, "comparisons", comparison)
    if len(found) != 1:
        raise NotFoundError(f"{'Several comparisons begin' if found else 'No comparison begins'} with {comparison}.")
    with site.another_archive() as own:
        try:
            text = comparison_report(own, found[0])
        except ReportError as error:
            raise CannotError(str(error)) from None
    return site.download(text, f"comparison-{found[0]}.html", "text/html")
