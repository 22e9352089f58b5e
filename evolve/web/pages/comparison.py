"""One comparison: how far it is, what can be told apart by now, and its campaigns."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from evolve.campaign.store import is_driven
from evolve.web.comparison_view import now, pictures
from evolve.web.live import Make
from evolve.web.site import CannotError, OurArchive, OurForm, OurSite, Site, known

router = APIRouter(include_in_schema=False)
PARTS = ("now", "news", "campaigns")


@router.get("/comparisons/{comparison}")
def comparison(site: OurSite, archive: OurArchive, comparison: str) -> HTMLResponse:
    """The page."""
    version = site.pulse.version()
    document = site.documents.of(known(archive, "comparisons", comparison))
    context = {**now(archive, document), **pictures(archive, document), "version": version}
    return site.page("comparison.html", context)


@router.get("/live/comparison/{comparison}")
async def live_comparison(request: Request, site: OurSite, comparison: str, since: str = "") -> StreamingResponse:
    """What changes on the page, as server-sent events."""
    id = known(site.archive, "comparisons", comparison)
    return site.stream(request, f"comparison {id}", lambda: comparison_parts(site, id), since)


def comparison_parts(site: Site, id: str) -> tuple[list[Make], Callable[[], object]]:
    """How the parts of the page that change are made."""
    archive = site.archive

    def numbers() -> dict[str, str]:
        context = now(archive, site.documents.of(id))
        return {part: site.markup(f"comparison/{part}.html", context) for part in PARTS}

    def drawings() -> dict[str, str]:
        return {"pictures": site.markup("comparison/pictures.html", pictures(archive, site.documents.of(id)))}

    def besides() -> object:
        rows = archive.rows(
            "SELECT driver FROM comparisons WHERE id = ?1 UNION ALL SELECT c.driver FROM comparison_campaigns k "
            "JOIN campaigns c ON c.id = k.campaign_id WHERE k.comparison_id = ?1 AND c.state = 'running'",
            (id,),
        )
        return [is_driven(row["driver"] or "") for row in rows]

    return [numbers, drawings], besides


@router.post("/comparisons/{comparison}/export")
def export(site: OurSite, form: OurForm, comparison: str) -> Response:
    """The report, to be mailed."""
    from evolve.report.comparison import comparison_report
    from evolve.report.pages import ReportError

    id = known(site.archive, "comparisons", comparison)
    with site.another_archive() as own:
        try:
            text = comparison_report(own, id)
        except ReportError as error:
            raise CannotError(str(error)) from None
    return site.download(text, f"comparison-{id}.html", "text/html")
