"""The stylesheet of all charts: a page includes it once.

Every colour is a custom property of the root, so a page may set its own after it. Dark colours are for screens alone:
paper is white. A page that lets people choose sets ``data-theme`` of the root to ``light`` or ``dark``.
"""

from __future__ import annotations

from evolve.charts.palette import DARK, HEAT, HEAT_INK, LIGHT

_GROUND = {
    "light": {
        "ink": "#1d232a",
        "soft": "#55606c",
        "grid": "#e3e7eb",
        "ground": "#ffffff",
        "link": "#0b5cad",
    },
    "dark": {
        "ink": "#e6e9ec",
        "soft": "#a9b3bd",
        "grid": "#343b43",
        "ground": "#15191d",
        "link": "#7cc0ff",
    },
}


def _properties(theme: str) -> str:
    colours = _GROUND[theme] | {str(k): colour for k, colour in enumerate(LIGHT if theme == "light" else DARK)}
    return "".join(f"--chart-{name}:{value};" for name, value in colours.items())


def _var(name: object) -> str:
    """A property, and what holds where a page has taken it away."""
    fallback = LIGHT[name] if isinstance(name, int) else _GROUND["light"][str(name)]
    return f"var(--chart-{name},{fallback})"


_SERIES = "".join(f".chart .s{k}{{stroke:{_var(k)}}}.chart .f{k}{{fill:{_var(k)}}}\n" for k in range(len(LIGHT)))
_STEPS = "".join(
    f".chart .h{k}{{fill:{colour}}}.chart text.i{k}{{fill:{ink}}}\n"
    for k, (colour, ink) in enumerate(zip(HEAT, HEAT_INK, strict=True))
)

STYLESHEET = f"""\
:root{{{_properties("light")}}}
@media screen and (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{_properties("dark")}}}}}
@media screen{{:root[data-theme="dark"]{{{_properties("dark")}}}}}
.chart{{display:block;width:100%;max-width:46rem;height:auto;font:13px/1.2 system-ui,sans-serif;overflow:visible}}
.chart.natural{{width:auto;max-width:none}}
.chart.spark{{display:inline-block;width:7.5em;height:1.5em;vertical-align:-.35em}}
.chart text{{fill:{_var("soft")};stroke:none}}
.chart text.ink{{fill:{_var("ink")}}}
.chart text.small{{font-size:11px}}
.chart text.strong{{font-weight:600}}
.chart .grid{{stroke:{_var("grid")};stroke-width:1}}
.chart .axis{{stroke:{_var("soft")};stroke-width:1}}
.chart .ground{{fill:{_var("ground")}}}
.chart .line{{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}}
.chart .thin{{fill:none;stroke-width:1.2}}
.chart .dash{{stroke-dasharray:5 4}}
.chart .dots{{stroke-dasharray:1.5 4.5}}
.chart .ink-line{{stroke:{_var("ink")};fill:none}}
.chart .soft-line{{stroke:{_var("soft")};fill:none}}
.chart .band{{fill-opacity:.18;stroke:none}}
.chart .fog{{fill-opacity:.45}}
.chart .empty{{fill:{_var("grid")};fill-opacity:.5}}
.chart .box{{fill:{_var("ground")};stroke:{_var("soft")}}}
.chart .edge{{stroke:{_var("ground")};stroke-width:1}}
.chart a{{cursor:pointer}}
.chart a:hover .hit,.chart a:focus-visible .hit{{stroke:{_var("link")};stroke-width:2.5}}
.chart a:focus-visible{{outline:2px solid {_var("link")};outline-offset:1px}}
.chart-figure{{margin:.6rem 0 1.2rem}}
.chart-scroll{{overflow-x:auto}}
.chart-scroll>.chart:not(.natural){{min-width:33rem}}
.chart-figure details{{margin:.2rem 0}}
.chart-figure summary{{cursor:pointer;color:{_var("soft")};font-size:.88rem}}
.chart-figure table{{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}}
.chart-figure caption{{text-align:left;color:{_var("soft")};padding:.2rem 0}}
.chart-figure th,.chart-figure td{{text-align:left;padding:.15rem .8rem .15rem 0}}
.chart-figure tr{{border-bottom:1px solid {_var("grid")}}}
.chart-figure .number{{text-align:right}}
@media print{{.chart{{break-inside:avoid}}.chart-scroll{{overflow:visible}}
.chart-scroll>.chart{{min-width:0;max-width:100%}}}}
{_SERIES}{_STEPS}"""
