"""Every chart from the same kinds of data, and what is true of any SVG that may stand in our pages."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from evolve.charts.bars import Entry, bars, bars_table
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.charts.distribution import distribution, distribution_table
from evolve.charts.heatmap import Axis, Cell, heat_map, heat_map_table
from evolve.charts.lineage import Node, lineage, lineage_table
from evolve.charts.sparkline import sparkline, sparkline_table
from evolve.charts.speedup import speed_up, speed_up_table
from evolve.charts.table import Table
from evolve.charts.verdicts import Stretch, verdicts, verdicts_table

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>", "]]><svg onload=alert(1)>", "\x1b[31mred\x1b[0m\x07", "\x00", "\u202egnihsaf",
    "\ud800", "\ufffe", "a&amp;b\"'", "\r\n\t", "é" * 300, "",
)  # fmt: skip
HREFS = (
    "",
    "/candidate/1",
    "#c1",
    "?a=1&b=<",
    "javascript:alert(1)",
    "//elsewhere",
    "/\\elsewhere",
    "data:text/html,x",
)

names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=12))
hrefs = st.sampled_from(HREFS)
# Powers of ten reach what overflows, what underflows, and all that is no number.
values = st.one_of(st.floats(), st.sampled_from([0.0, 1.0, -1.0, 1e300, -1e300, 5e-324, 1e-160]), st.floats(0.1, 50))
maybe = st.one_of(st.none(), values)
few = st.integers(0, 4)
Made = tuple[str, Table]


@st.composite
def _curves(draw: st.DrawFn) -> Made:
    points = st.lists(st.builds(Point, values, maybe, maybe, maybe), max_size=6)
    lines = draw(st.lists(st.builds(Line, names, points), max_size=3))
    baselines = draw(st.dictionaries(names, maybe, max_size=9))
    direction = draw(st.sampled_from(["min", "max"]))
    svg = curve(
        lines, baselines, name=draw(names), x_name=draw(names), y_name=draw(names), direction=direction,
        until=draw(maybe),
    )  # fmt: skip
    return svg, curve_table(lines, baselines, "evaluations")


@st.composite
def _maps(draw: st.DrawFn) -> Made:
    edges = st.lists(st.floats(-100, 100), max_size=5).map(sorted)
    x, y = draw(st.builds(Axis, names, edges)), draw(st.builds(Axis, names, edges))
    cells = draw(st.lists(st.builds(Cell, few, few, values, names, hrefs), max_size=8))
    direction = draw(st.sampled_from(["min", "max"]))
    return heat_map(x, y, cells, name=draw(names), unit=draw(names), direction=direction), heat_map_table(x, y, cells)


@st.composite
def _families(draw: st.DrawFn) -> Made:
    ids = st.sampled_from([*"abcdefgh", *HOSTILE])
    nodes = draw(
        st.lists(st.builds(Node, ids, st.lists(ids, max_size=3), names, maybe, names, hrefs, st.booleans()), max_size=9)
    )
    return lineage(nodes, name=draw(names)), lineage_table(nodes)


@st.composite
def _speed_ups(draw: st.DrawFn) -> Made:
    row = st.fixed_dictionaries({"cores": st.one_of(few, values), "least": values, "greatest": values})
    measured = st.none() | st.fixed_dictionaries({"busy_cores": values, "over_baseline": values})
    found = draw(
        st.fixed_dictionaries(
            {"work": values, "span": values, "curve": st.lists(row, max_size=8), "measured": measured}
        )
    )
    return speed_up(found, name=draw(names)), speed_up_table(found)


@st.composite
def _bars(draw: st.DrawFn) -> Made:
    entries = draw(st.lists(st.builds(Entry, names, maybe, maybe, maybe, st.booleans()), max_size=6))
    return bars(entries, name=draw(names), unit=draw(names)), bars_table(entries, "gap")


@st.composite
def _verdicts(draw: st.DrawFn) -> Made:
    counts = st.dictionaries(st.one_of(st.just("ok"), names), st.one_of(few, st.integers()), max_size=14)
    stretches = draw(st.lists(st.builds(Stretch, values, values, counts), max_size=5))
    return verdicts(stretches, name=draw(names), x_name=draw(names)), verdicts_table(stretches)


@st.composite
def _distributions(draw: st.DrawFn) -> Made:
    groups = draw(st.dictionaries(names, st.lists(values, max_size=6), max_size=4))
    return distribution(groups, name=draw(names), x_name=draw(names)), distribution_table(groups)


@st.composite
def _sparklines(draw: st.DrawFn) -> Made:
    given = draw(st.lists(maybe, max_size=8))
    return sparkline(given, name=draw(names)), sparkline_table(given)


CHARTS: dict[str, Callable[[], st.SearchStrategy[Made]]] = {
    "curve": _curves, "heat map": _maps, "lineage": _families, "speed-up": _speed_ups, "bars": _bars,
    "verdicts": _verdicts, "distribution": _distributions, "sparkline": _sparklines,
}  # fmt: skip


def checked(svg: str) -> ET.Element:
    """The parsed chart, once it is proved to be one that may stand in any of our pages."""
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[1].text
    links = root.findall(f".//{SVG}a")
    assert root.get("role") == ("group" if links else "img")
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert 0 < width < 20_000
    assert 0 < height < 20_000
    for link in links:
        assert re.fullmatch(r"[/#?]([^/\\].*)?", link.attrib["href"])
        assert link.get("aria-label")
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            "svg", "title", "desc", "text", "rect", "line", "path", "circle", "polygon", "a", "g",
        }  # fmt: skip
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"):
                assert abs(float(value)) < 20_000, (element.tag, name, value)
        for text in (element.text or "", *element.attrib.values()):
            # Spaces of any width are seen; what is not is control, format, unassigned or a line's end.
            assert all(c == " " or unicodedata.category(c) == "Zs" or c.isprintable() for c in text), text
    return root


def words(root: ET.Element) -> list[Any]:
    """All texts that are drawn, in order."""
    return ["".join(text for text in (element.text, *(child.tail for child in element)) if text)
            for element in root.iter(f"{SVG}text")]  # fmt: skip
