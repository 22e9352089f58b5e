"""What models summed up of all campaigns, searched and page by page."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from evolve.archive.browse import BrowseError
from evolve.archive.choices import choices
from evolve.archive.insights import insights_of
from evolve.web.pages.browse import Text
from evolve.web.site import OurArchive, OurSite

PER_PAGE = 20
router = APIRouter(include_in_schema=False)


@router.get("/insights")
def insights(
    site: OurSite, archive: OurArchive, search: Text = "", problem: Text = "", campaign: Text = "",
    before: int | None = None,
) -> HTMLResponse:  # fmt: skip
    """The page; what cannot be had is said above an empty list."""
    given = {"search": search.strip(), "problem": problem, "campaign": campaign}
    found, wrong = None, ""
    try:
        found = insights_of(archive, search.strip() or None, problem or None, campaign or None, before, PER_PAGE)
    except BrowseError as error:
        wrong = f"{str(error)[:1].upper()}{str(error)[1:]}."
    kept = {name: value for name, value in given.items() if value}
    context = {
        "given": given,
        "kept": urlencode(kept),
        "first": before is None,
        "found": found,
        "next": urlencode(kept | {"before": found.before}) if found and found.before else "",
        "wrong": wrong,
        "choices": choices(archive).as_json(),
    }
    return site.page("insights.html", context)
