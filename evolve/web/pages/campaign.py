"""One campaign: how far it is, how it went, and what may be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from evolve.archive.transcript import transcript, transcript_lines
from evolve.campaign.store import is_driven
from evolve.web.campaign_view import now, pictures
from evolve.web.live import Make
from evolve.web.pages.campaigns import PER_PAGE, rows_of
from evolve.web.site import CannotError, OurArchive, OurForm, OurSite, Site, known

router = APIRouter(include_in_schema=False)


@router.get("/campaigns/{campaign}")
def campaign(site: OurSite, archive: OurArchive, campaign: str) -> HTMLResponse:
    """The page."""
    version = site.pulse.version()
    id = known(archive, "campaigns", campaign)
    row = archive.row("SELECT report, config FROM campaigns WHERE id = ?", (id,))
    assert row is not None
    report = json.loads(row["report"]) if row["report"] else {}
    test = report.get("test")
    context: dict[str, Any] = {
        **now(archive, id),
        **pictures(archive, id),
        "version": version,
        "told": site.steering.told(id),
        "test": test if test and test["verdict"] == "ok" else None,
        "config": json.dumps(json.loads(row["config"]), indent=2),
    }
    return site.page("campaign.html", context)


@router.get("/live/campaign/{campaign}")
async def live_campaign(request: Request, site: OurSite, campaign: str, since: str = "") -> StreamingResponse:
    """What changes on the page, as server-sent events."""
    id = known(site.archive, "campaigns", campaign)
    return site.stream(request, f"campaign {id}", lambda: campaign_parts(site, id), since)


def campaign_parts(site: Site, id: str) -> tuple[list[Make], Callable[[], object]]:
    """How the parts of the page that change are made."""
    archive = site.archive

    def numbers() -> dict[str, str]:
        context = now(archive, id) | {"told": site.steering.told(id)}
        return {part: site.markup(f"campaign/{part}.html", context) for part in ("now", "news", "actions")}

    def drawings() -> dict[str, str]:
        return {"pictures": site.markup("campaign/pictures.html", pictures(archive, id))}

    def besides() -> object:
        row = archive.row("SELECT driver FROM campaigns WHERE id = ?", (id,))
        return row is not None and is_driven(row["driver"] or ""), site.steering.told(id)

    return [numbers, drawings], besides


@router.get("/live/campaigns")
async def live_campaigns(request: Request, site: OurSite, since: str = "") -> StreamingResponse:
    """What changes in the list of campaigns."""

    def making() -> tuple[list[Make], Callable[[], object]]:
        def driven() -> object:
            rows = site.archive.rows(
                "SELECT driver FROM (SELECT driver, state FROM campaigns ORDER BY created_at DESC LIMIT ?) "
                "WHERE state = 'running'",
                (PER_PAGE,),
            )
            return [is_driven(row["driver"] or "") for row in rows]

        def table() -> dict[str, str]:
            rows = rows_of(site.archive, None)
            return {
                "campaigns": site.markup("campaigns_rows.html", rows),
                "comparisons": site.markup("campaigns_compared.html", rows),
            }

        return [table], driven

    return site.stream(request, "campaigns", making, since)


@router.post("/campaigns/{campaign}/stop")
def stop(site: OurSite, form: OurForm, campaign: str) -> Response:
    """What Ctrl-C does."""
    id = known(site.archive, "campaigns", campaign)
    site.steering.stop(id)
    return RedirectResponse(f"/campaigns/{id}", 303)


@router.post("/campaigns/{campaign}/resume")
def resume(site: OurSite, form: OurForm, campaign: str) -> Response:
    """What `evolve resume` does, in a process of its own."""
    id = known(site.archive, "campaigns", campaign)
    site.steering.resume(id)
    return RedirectResponse(f"/campaigns/{id}", 303)


@router.post("/campaigns/{campaign}/export")
def export(site: OurSite, form: OurForm, campaign: str) -> Response:
    """A report to be mailed, or the record of all proposals, one a line."""
    from evolve.report.campaign import campaign_report
    from evolve.report.pages import ReportError

    id = known(site.archive, "campaigns", campaign)
    format = form.get("format", "")
    if format not in ("html", "record"):
        raise CannotError(f"The format is {format!r}; allowed: html, record.")
    if format == "record":
        return site.download(_record(site, id), f"campaign-{id}.jsonl", "application/jsonl")
    with site.another_archive() as archive:
        try:
            return site.download(campaign_report(archive, id), f"campaign-{id}.html", "text/html")
        except ReportError as error:
            raise CannotError(str(error)) from None


def _record(site: Site, id: str) -> Iterator[str]:
    """Its lines, as of one moment, read as they are sent."""
    with site.another_archive() as archive, archive.snapshot():
        yield from transcript_lines(transcript(archive, id))
