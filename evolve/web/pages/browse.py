"""All candidates: filtered, sorted, searched, page by page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from evolve.archive import browse
from evolve.archive.browse import SORTS, BrowseError, Wanted
from evolve.archive.choices import choices
from evolve.archive.insights import beside
from evolve.web.site import OurArchive, OurSite

PER_PAGE = 50
BESIDE = 3
"""Insights above the table."""
NAMES = {
    "newest": "newest first", "oldest": "oldest first", "lowest": "lowest score", "highest": "highest score",
    "dearest": "most spent", "longest": "most CPU time",
}  # fmt: skip
Text = Annotated[str, Query(max_length=500)]
router = APIRouter(include_in_schema=False)


@router.get("/candidates")
def candidates(
    site: OurSite, archive: OurArchive, search: Text = "", problem: Text = "", campaign: Text = "", verdict: Text = "",
    operator: Text = "", model: Text = "", generation: Text = "", least: Text = "", most: Text = "",
    sort: Text = "newest", after: Text = "",
) -> HTMLResponse:  # fmt: skip
    """The page; what cannot be had is said above an empty table."""
    given = {
        "search": search, "problem": problem, "campaign": campaign, "verdict": verdict, "operator": operator,
        "model": model, "generation": generation, "least": least, "most": most, "sort": sort,
    }  # fmt: skip
    given = {name: value.strip() for name, value in given.items()}
    found, said, wrong = None, None, ""
    try:
        wanted = _wanted(given)
        found = browse.page(archive, wanted, after or None, PER_PAGE)
        said = None if after else beside(archive, wanted, BESIDE)
    except BrowseError as error:
        wrong = f"{str(error)[:1].upper()}{str(error)[1:]}."
    kept = {name: value for name, value in given.items() if value and (name, value) != ("sort", "newest")}
    context = {
        "given": given,
        "kept": urlencode(kept),
        "first": not after,
        "found": found,
        "next": urlencode(kept | {"after": found.after}) if found and found.after else "",
        "said": said,
        "insights": urlencode({name: given[name] for name in ("search", "problem", "campaign") if given[name]}),
        "wrong": wrong,
        "choices": choices(archive).as_json(),
        "sorts": [(sort, NAMES[sort]) for sort in SORTS],
    }
    return site.page("candidates.html", context)


def _wanted(given: dict[str, str]) -> Wanted:
    """What a form asks for.

    Raises:
        BrowseError: naming the field that is not a number.
    """
    texts = ("search", "problem", "campaign", "verdict", "operator", "model")
    try:
        generation = int(given["generation"]) if given["generation"] else None
        least, most = (float(given[name]) if given[name] else None for name in ("least", "most"))
    except ValueError:
        raise BrowseError("generation, least and most are numbers") from None
    return Wanted(
        **{name: given[name] or None for name in texts}, generation=generation, least=least, most=most,
        sort=given["sort"] or "newest",
    )  # fmt: skip
