"""`evolve archive list` on a terminal: campaigns with their curves, and pages of what they proposed."""

from __future__ import annotations

import time
from typing import Any

from evolve.archive import Archive
from evolve.archive.browse import BrowseError, Listed, Page, Wanted, page
from evolve.archive.catalog import catch_up
from evolve.archive.declared import spec_of
from evolve.archive.sums import blocks
from evolve.charts.svg import shortened
from evolve.cli.common import console, log, number_text, print_json, printable, table
from evolve.cli.live import sparkline

CURVE = 12  # characters
_BESIDE_CURVE = 80 + CURVE + 2  # columns of a terminal, without those there are now and then
_BESIDE_FOUND = 58
_SEARCHED = ("candidate", "problem", "verdict", "score", "operator", "campaign", "found")
_NUMBERS = ("score", "gen", "seconds", "usd")
BESIDE = 3  # insights below a page of proposals
_LONG = 5000  # events whose indexing takes a second or more


def curve_of(store: Archive, campaign: str, problem: str, width: int = CURVE) -> str:
    """Best so far on ``train`` over a campaign's proposals; higher is better, whatever the direction."""
    from evolve.campaign.progress import Best

    spec = spec_of(store, problem)
    direction = "min" if spec is None else spec.objective.direction
    found = blocks(store, campaign, direction)
    points = [Best(float(one.last), one.last, one.best) for one in found if one.best is not None]
    return sparkline(points, float(found[-1].last) if found else 0.0, 1.0 if direction == "min" else -1.0, width)


def with_curves(store: Archive, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Campaigns with ``best so far``, if the terminal is wide enough for it."""
    spare = sum(width for column, width in (("comparison", 14), ("usd", 8)) if any(row[column] for row in rows))
    if console().width < _BESIDE_CURVE + spare:
        return rows
    return [row | {"best so far": curve_of(store, row["campaign"], row["problem"])} for row in rows]


def list_proposals(store: Archive, wanted: Wanted, after: str | None, limit: int, as_json: bool) -> None:
    """A page of what campaigns proposed."""
    bring_up_to_date(store)
    found = page(store, wanted, after, limit)
    if as_json:
        print_json(found.as_json())
        return
    _show(found, wanted)
    _show_beside(store, wanted, after)


def list_insights(store: Archive, wanted: Wanted, after: str | None, limit: int, as_json: bool) -> None:
    """What models summed up: a page of it, the latest first.

    Raises:
        BrowseError: one sentence.
    """
    from evolve.archive.insights import LARGEST_PAGE, insights_of

    if wanted != Wanted(wanted.problem, wanted.campaign, search=wanted.search):
        raise BrowseError("--insights takes --search, --problem, --campaign, --after and --limit, and nothing else")
    if after is not None and not after.isdecimal():
        raise BrowseError(f"after is {after!r}; allowed: what the page before it says")
    found = insights_of(
        store, wanted.search, wanted.problem, wanted.campaign, int(after) if after else None, min(limit, LARGEST_PAGE)
    )
    if as_json:
        print_json(found.as_json())
        return
    out = console()
    for row in found.rows:
        said = f"{row.problem}, campaign {row.campaign}, summary {row.summary} by {row.model or 'nobody'}"
        out.print(printable(said), style="bold", markup=False)
        out.print(printable(row.text) + "\n", markup=False)
    if not found.rows:
        out.print("nothing there")
    if found.before is not None:
        out.print(f"more: --after {found.before}", style="dim", markup=False)


def _show_beside(store: Archive, wanted: Wanted, after: str | None) -> None:
    """Below the first page of what was searched for: that models summed up the same."""
    if wanted.search is None or after is not None:
        return
    from evolve.archive.insights import beside

    out, found = console(), beside(store, wanted, BESIDE)
    if not found.rows:
        return
    out.print("\ninsights that say so (all of them: --insights):", markup=False)
    for row in found.rows:
        line = f"{row.campaign} {printable(row.excerpt)}"
        out.print(shortened(line, out.width), markup=False, soft_wrap=True)


def bring_up_to_date(store: Archive) -> None:
    """Have all that is over in the catalogue; of an archive that has none yet, people are told how far it is."""
    told = time.monotonic()

    def say(left: int) -> None:
        nonlocal told
        if left > _LONG and time.monotonic() - told > 2:
            log(f"evolve: indexing what is in the archive, once; {left} events left")
            told = time.monotonic()

    catch_up(store, say=say)


def _show(found: Page, wanted: Wanted) -> None:
    out = console()
    if not found.rows:
        out.print("nothing there" if found.after is None else f"nothing among {found.looked_at} proposals")
    else:
        rows = [_cells(row, max(20, out.width - _BESIDE_FOUND)) for row in found.rows]
        names = _SEARCHED if wanted.search is not None else tuple(rows[0])
        used = [name for name in names if any(row[name] for row in rows)]
        one_problem = len({row["problem"] for row in rows}) == 1
        if one_problem:
            out.print(rows[0]["problem"], style="bold", markup=False)
            used.remove("problem")
        shown = table(*used, numbers=_NUMBERS, wrapped=("problem", "operator", "model", "found"))
        for row in rows:
            shown.add_row(*[row[name] for name in used])
        out.print(shown, markup=False)
    if found.after is not None:
        out.print(f"more: --after {found.after}", style="dim", markup=False)


def _cells(row: Listed, room: int) -> dict[str, str]:
    return {
        "candidate": (row.candidate or "")[:12],
        "problem": printable(row.problem),
        "verdict": row.verdict,
        "score": number_text(row.score) + ("" if row.complete or row.score is None else "~"),
        "operator": printable(row.operator),
        "model": printable(row.model or ""),
        "gen": str(row.generation),
        "seconds": "" if row.cpu_seconds is None else f"{row.cpu_seconds:.2f}",
        "usd": f"{row.usd:.4f}" if row.usd else "",
        "campaign": row.campaign,
        "found": shortened(printable(row.excerpt or row.remark), room),
    }
