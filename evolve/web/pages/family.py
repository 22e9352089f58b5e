"""The family of a candidate: where it came from, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from evolve.archive.family import Family, family
from evolve.charts.lineage import Node, lineage, lineage_table
from evolve.web.formats import short
from evolve.web.pages.candidate import known
from evolve.web.site import OurArchive, OurSite
from evolve.web.text import drawn

SIZES = (25, 50, 100)
"""Ancestors that may be drawn: more are not to be told apart."""
router = APIRouter(include_in_schema=False)


@router.get("/candidates/{candidate}/family")
def of(site: OurSite, archive: OurArchive, candidate: str, nearest: int = SIZES[0]) -> HTMLResponse:
    """The page."""
    id = known(archive, candidate)
    found = family(archive, id, limit=min(max(nearest, 1), SIZES[-1]))
    ancestors = [one for one in found.relatives if one.distance >= 0]
    children = [one for one in found.relatives if one.distance < 0]
    context = {
        "id": id,
        "found": found,
        "tree": _tree(found, id) if found.relatives else None,
        "children": children,
        "ancestors": len(ancestors) - 1,
        "sizes": SIZES,
        "nearest": nearest,
    }
    return site.page("family.html", context)


def _tree(found: Family, id: str) -> object:
    name = f"Ancestors of {short(id)}"
    nodes = [
        Node(
            id=one.candidate,
            parents=one.parents,
            name=one.candidate[:8],
            score=one.score,
            operator=one.operator,
            href=f"/candidates/{one.candidate}",
            marked=one.candidate == id,
        )
        for one in found.relatives
        if one.distance >= 0
    ]
    return drawn(lineage(nodes, name=name), lineage_table(nodes), name)
