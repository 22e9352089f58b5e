"""Two candidates side by side."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from evolve.archive.database import Archive
from evolve.archive.records import read_candidate
from evolve.web.differences import differences
from evolve.web.pages.candidate import known
from evolve.web.site import OurArchive, OurSite

router = APIRouter(include_in_schema=False)


@router.get("/diff")
def diff(site: OurSite, archive: OurArchive, one: str = "", other: str = "") -> HTMLResponse:
    """The page; without both, a form that asks for them."""
    if not one or not other:
        return site.page("diff.html", {"given": (one, other), "sides": None})
    ids = known(archive, one), known(archive, other)
    rows = [archive.row("SELECT * FROM candidates WHERE id = ?", (id,)) for id in ids]
    first, second = (read_candidate(row) for row in rows if row is not None)
    sides = [_judged(archive, id) for id in ids]
    return site.page("diff.html", {"given": ids, "sides": sides, "files": differences(first, second)})


def _judged(archive: Archive, id: str) -> dict[str, Any]:
    """What became of a candidate, by split, and on how many instances: those of `test` are drawn afresh, too."""
    rows = archive.rows(
        "SELECT e.problem, e.split, e.verdict, e.score, e.low, e.high, json_array_length(s.names) AS instances "
        "FROM evaluations e LEFT JOIN instance_sets s ON s.id = e.instance_set WHERE e.candidate_id = ? "
        "ORDER BY e.rowid LIMIT 20",
        (id,),
    )
    return {"id": id, "evaluations": [dict(row) for row in rows]}
