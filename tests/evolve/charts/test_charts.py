"""Charts: sound for any data, and what is to be seen in them."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evolve.charts.bars import Entry, bars
from evolve.charts.curve import Line, Point, curve, curve_table
from evolve.charts.distribution import distribution
from evolve.charts.heatmap import Axis, Cell, heat_map
from evolve.charts.lineage import Node, lineage, lineage_table
from evolve.charts.palette import DARK, HEAT, HEAT_INK, LIGHT
from evolve.charts.scales import Scale, spread
from evolve.charts.sparkline import sparkline
from evolve.charts.speedup import speed_up
from evolve.charts.style import STYLESHEET
from evolve.charts.svg import visible
from evolve.charts.table import Table, figure
from evolve.charts.verdicts import Stretch, verdicts
from tests.evolve.charts.drawn import CHARTS, HOSTILE, SVG, Made, checked, words


@pytest.mark.parametrize("chart", CHARTS)
def test_any_data_gives_a_sound_chart_and_a_table(chart: str) -> None:
    @settings(max_examples=80)
    @given(CHARTS[chart]())
    def check(made: Made) -> None:
        svg, table = made
        checked(svg)
        assert all(len(row) == len(table.columns) for row in table.rows)
        _parsed(figure(svg, table, "a chart"))

    check()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


def _parsed(html: str) -> None:
    parser = _Parser()
    parser.feed(html)
    assert not parser.tags & {"script", "iframe", "img", "object", "style"}
    ET.fromstring(html)


def _tips(root: ET.Element) -> list[tuple[str, float]]:
    """What is said of each rectangle, and where its upper edge is."""
    return [(box[0].text or "", float(box.attrib["y"])) for box in root.iter(f"{SVG}rect") if len(box)]


def test_a_curve_has_its_last_value_and_the_best_baselines_as_labels() -> None:
    line = Line("best so far", [Point(10, 64.8), Point(40, 3.2, 2.9, 3.5), Point(200, 1.82, 1.7, 1.95)])
    baselines = {"edd": 64.8, "mdd": 1.87, "broken": None}
    svg = curve([line], baselines, name="Curve", x_name="evaluations", y_name="gap", until=400)
    root = checked(svg)
    assert "best so far 1.82" in words(root)
    assert {"mdd 1.87", "edd 64.8"} <= set(words(root))
    said = root[1].text or ""
    assert "from 64.8 at 10 to 1.82 at 200" in said
    assert "Best baseline: mdd with 1.87" in said
    assert len(root.findall(f".//{SVG}path[@class='band f0']")) == 1
    # Far apart and positive: each tenfold takes equal room.
    assert {"2", "5", "10", "20", "50"} <= set(words(root))
    table = curve_table([line], baselines, "evaluations")
    assert table.rows[2] == ("best so far", 200, 1.82, 1.7, 1.95)
    assert table.rows[-1] == ("baseline broken", None, None, None, None)


def test_a_line_may_end_before_the_chart_does() -> None:
    lines = [Line("done", [Point(1, 5.0), Point(10, 3.0)]), Line("on its way", [Point(1, 4.0)], until=30)]
    root = ET.fromstring(curve(lines, {}, name="c", x_name="evaluations", y_name="y", until=60))
    done, under_way = (
        max(float(x) for x in one.get("d", "").replace("M", " ").replace("L", " ").replace(",", " ").split()[::2])
        for one in root.iter(f"{SVG}path")
        if (one.get("class") or "").startswith("line")
    )
    assert 0.45 < (under_way - 62) / (done - 62) < 0.55


def test_labels_of_a_curve_do_not_cover_each_other() -> None:
    baselines = {f"rule{k}": 1.8 + k / 1000 for k in range(9)}
    root = checked(curve([], baselines, name="Curve", x_name="evaluations", y_name="gap"))
    places = sorted(float(e.attrib["y"]) for e in root.iter(f"{SVG}text") if (e.text or "").startswith("rule"))
    assert len(places) == 6
    assert all(low + 13 < high for low, high in pairwise(places))


def test_what_is_far_out_is_said_and_put_at_the_edge() -> None:
    points = [Point(k, 0.1 * k) for k in range(20)] + [Point(20, -1e9), Point(21, float("nan"))]
    root = checked(curve([Line("best", points)], {}, name="Curve", x_name="evaluations", y_name="gap"))
    assert "1 point of best lie beyond the axis" in (root[1].text or "")
    assert "1 point of best have no value" in (root[1].text or "")
    assert len(root.findall(f".//{SVG}polygon")) == 1


def test_a_poor_beginning_does_not_flatten_what_follows() -> None:
    line = Line("best", [Point(0, 17.7, 14.0, 21.0), Point(3, 6.4, 5.0, 7.8), Point(90, 6.3, 4.9, 7.7)])
    baselines = {"spt": 6.37, "hrrn": 17.72, "near": 8.0}
    root = checked(curve([line], baselines, name="Curve", x_name="proposals", y_name="gap", until=400))
    assert {"spt 6.37", "near 8", "hrrn 17.72 \N{UPWARDS ARROW}"} <= set(words(root))
    assert "1 point of best lie beyond the axis" in (root[1].text or "")
    assert "3 of 3 are shown, 1 of them beyond the axis" in (root[1].text or "")
    # What has only just begun is all there is to see.
    early = Line("best", line.points[:2])
    begun = checked(curve([early], baselines, name="Curve", x_name="proposals", y_name="gap", until=8))
    assert "hrrn 17.72" in words(begun)


def test_cells_of_a_map_lead_to_their_elites() -> None:
    x, y = Axis("length", (50, 100)), Axis("branches", (2,))
    cells = [Cell(0, 0, 2.0, "aaaa", "/candidate/aaaa"), Cell(2, 1, 1.5, "bbbb", "/candidate/bbbb"),
             Cell(2, 1, 1.9, "cccc", "/candidate/cccc"), Cell(9, 0, 1.0, "dddd")]  # fmt: skip
    root = checked(heat_map(x, y, cells, name="Map", unit="gap %"))
    links = {link.attrib["href"]: link.attrib["aria-label"] for link in root.iter(f"{SVG}a")}
    assert set(links) == {"/candidate/aaaa", "/candidate/bbbb"}  # of two in one cell the better one
    assert links["/candidate/bbbb"] == "bbbb: 1.5; length 100 or more, branches 2 or more"
    assert "2 of 6 cells are taken" in (root[1].text or "")
    assert "1 member outside of the grid" in (root[1].text or "")


def test_a_family_tree_has_children_right_of_their_parents() -> None:
    nodes = [
        Node("c", ["a", "b"], "c", 1.0, "crossover", "/c", True), Node("a", [], "a", 2.0, "seed", "/a"),
        Node("b", ["a", "unknown"], "b", 1.5, "mutate", "/b"), Node("d", ["a"], "d"), Node("e", ["c", "a"], "e"),
    ]  # fmt: skip
    root = checked(lineage(nodes, name="Family"))
    left = {e.text: float(e.attrib["x"]) for e in root.iter(f"{SVG}text") if e.text in {"a", "b", "c", "d", "e"}}
    assert left["a"] < left["b"] < left["c"] < left["e"]
    assert left["d"] == left["b"]
    assert "5 candidates in 4 layers, 6 lines from parent to child" in (root[1].text or "")
    assert lineage_table(nodes).rows[2] == ("b", "mutate", 1.5, "a, unknown")


def test_boxes_of_a_large_family_do_not_cover_each_other() -> None:
    nodes = [Node(str(k), [str(k // 2), str(k // 3)] if k else [], f"n{k}", float(k)) for k in range(300)]
    root = checked(lineage(nodes, name="Family"))
    columns: dict[str, list[float]] = {}
    for box in root.iter(f"{SVG}rect"):
        if "box" in box.attrib["class"]:
            columns.setdefault(box.attrib["x"], []).append(float(box.attrib["y"]))
    assert sum(map(len, columns.values())) == 300
    assert all(low + 24 < high for column in columns.values() for low, high in pairwise(sorted(column)))


def test_a_speed_up_shows_both_bounds_and_what_was_measured() -> None:
    rows = [{"cores": 2**k, "least": 0.9 * 2**k, "greatest": 2.0**k} for k in range(8)]
    found = {"work": 1e6, "span": 2000, "curve": rows, "measured": {"busy_cores": 1.9, "over_baseline": 1.7}}
    root = checked(speed_up(found, name="Speed-up"))
    assert {"1", "2", "64", "128", "1.7", "measured here"} <= set(words(root))
    assert "On 128 cores it may be 115.2 to 128 times as fast" in (root[1].text or "")
    assert "measured here" not in words(checked(speed_up({**found, "measured": None}, name="Speed-up")))


def test_bars_become_points_where_they_would_be_of_one_length() -> None:
    near = checked(bars([Entry("mdd", 1.87, 1.8, 1.95), Entry("winner", 1.6, marked=True)], name="Scores", unit="gap"))
    assert len(near.findall(f".//{SVG}rect")) == 2
    assert "1.87 [1.8, 1.95]" in words(near)
    far = checked(bars([Entry("edd", 64.8), Entry("winner", 1.6)], name="Scores", unit="gap"))
    assert len(far.findall(f".//{SVG}circle")) == 2


def test_verdicts_are_stacked_with_ok_at_the_foot() -> None:
    stretches = [Stretch(0, 50, {"rejected": 5, "ok": 20}), Stretch(50, 100, {"ok": 10, "time_limit": 2})]
    root = checked(verdicts(stretches, name="Verdicts", x_name="evaluations"))
    assert {"ok 30", "rejected 5", "time_limit 2"} <= set(words(root))
    tips = _tips(root)
    assert [text for text, _ in tips][:2] == ["ok: 20 from 0 to 50", "rejected: 5 from 0 to 50"]
    assert tips[0][1] > tips[1][1]


def test_a_distribution_tells_ratios() -> None:
    root = checked(distribution({"pairs": [-0.1, 0.0, 0.1]}, name="Speed", x_name="times as fast"))
    assert "median 1, middle half 0.9512 to 1.051, 3 ratios" in (root[1].text or "")


def test_a_sparkline_says_where_it_goes() -> None:
    root = checked(sparkline([3, None, float("inf"), 1, 2], name="Scores"))
    assert root[1].text == "From 3 to 2, between 1 and 3."
    assert len(sparkline(list(map(float, range(100_000))), name="Scores")) < 4000


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hides_in_a_text(text: str) -> None:
    assert visible(text).isprintable()
    assert "\n" in visible("a\nb\x1b", keep="\n")


def test_control_characters_are_shown_as_what_they_are() -> None:
    assert visible("a\x1b[0m\x7f\u202e") == "a␛[0m␡‹U+202E›"
    assert visible("naïve 表 🎉") == "naïve 表 🎉"


def test_long_tables_say_what_they_leave_out() -> None:
    html = Table(("place",), [(float(k),) for k in range(600)]).html("Places")
    assert "Places (the last 500 of 600 rows)" in html
    assert html.count("<tr>") == 501


@given(st.lists(st.floats(-1e4, 1e4), max_size=12), st.floats(5, 30))
def test_labels_are_spread_between_their_bounds(places: list[float], gap: float) -> None:
    found = spread(places, gap, 0.0, 300.0)
    ordered = sorted(found)
    assert all(-1e-6 <= place <= 300 + 1e-6 for place in found)
    room = min(gap, 300 / max(1, len(places) - 1))
    assert all(high - low >= room - 1e-6 for low, high in pairwise(ordered))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5), st.sampled_from([0, 2, 10]))
def test_ticks_are_few_and_on_the_axis(values: list[float], base: int) -> None:
    scale = Scale.over([abs(v) + 1e-3 if base else v for v in values], 0, 100, base)
    ticks = scale.ticks()
    assert len(ticks) <= 10
    assert all(scale.holds(tick) or abs(scale(tick)) < 1e-6 or abs(scale(tick) - 100) < 1e-6 for tick in ticks)
    assert len(ticks) >= 2 or base


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_colours_can_be_seen() -> None:
    assert all(_contrast(colour, "#15191d") >= 4.5 for colour in DARK)
    assert all(_contrast(colour, "#ffffff") >= 2 for colour in LIGHT)
    assert all(_contrast(colour, ink) >= 4.5 for colour, ink in zip(HEAT, HEAT_INK, strict=True))


def test_the_stylesheet_needs_nothing_from_elsewhere() -> None:
    assert "url(" not in STYLESHEET
    assert "@import" not in STYLESHEET
    assert STYLESHEET.count("{") == STYLESHEET.count("}")


@pytest.mark.parametrize("module", ["numpy", "matplotlib", "plotly", "sqlite3", "jinja2"])
def test_charts_need_no_heavy_import(module: str) -> None:
    names = "bars curve distribution heatmap lineage sparkline speedup verdicts style table".split()
    program = "import sys\n" + "".join(f"import evolve.charts.{name}\n" for name in names)
    program += f"raise SystemExit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0
