"""The population of a campaign as a map, whose cells lead to who lives there."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from evolve.archive.cells import Cells, Elite, GridAxis, cells
from evolve.charts.heatmap import Axis, Cell, heat_map, heat_map_table
from evolve.selection.traits import USUAL_EDGES
from evolve.web.formats import short
from evolve.web.site import OurArchive, OurSite, known
from evolve.web.text import drawn

router = APIRouter(include_in_schema=False)
_ALONE = GridAxis("", ())


@router.get("/campaigns/{campaign}/map")
def population(site: OurSite, archive: OurArchive, campaign: str, x: str = "", y: str = "") -> HTMLResponse:
    """The page; ``x`` and ``y`` are traits, those of the campaign's own grid if they are not given."""
    id = known(archive, "campaigns", campaign)
    found = cells(archive, id, tuple(trait for trait in dict.fromkeys((x, y)) if trait))
    context = {
        "id": id,
        "found": found,
        "picture": _picture(found) if found.elites else None,
        "traits": sorted({*USUAL_EDGES, *(axis.trait for axis in found.axes)}),
        "axes": [axis.trait for axis in found.axes[:2]],
        "beyond": [axis.trait for axis in found.axes[2:]],
    }
    return site.page("map.html", context)


def _picture(found: Cells) -> Markup:
    """Along the first two axes; of who shares a cell there the best is shown."""
    across, along = (*found.axes, _ALONE)[:2]
    best: dict[tuple[int, int], Elite] = {}
    sign = 1.0 if found.direction == "min" else -1.0
    for one in found.elites:
        place = (one.cell[0], one.cell[1] if len(one.cell) > 1 else 0)
        if place not in best or sign * one.score < sign * best[place].score:
            best[place] = one
    axes = [Axis(axis.trait, axis.edges) for axis in (across, along)]
    shown = [
        Cell(column, row, one.score, short(one.candidate), f"/candidates/{one.candidate}")
        for (column, row), one in sorted(best.items())
    ]
    name = "Map of the population"
    unit = found.unit or "score"
    svg = heat_map(axes[0], axes[1], shown, name=name, unit=unit, direction=found.direction)
    return drawn(svg, heat_map_table(axes[0], axes[1], shown), name)
