"""The figures for a paper, drawn by matplotlib: PNG at 200 dots an inch and SVG with text as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evolve.rcbench.report.errors import CLASSES
from evolve.rcbench.report.figures import colour, phases_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS = 200


def write_figures(document: Mapping[str, Any], folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Write ``feasibility`` and, if anything was infeasible, ``errors``.

    Args:
        document: of :func:`evolve.rcbench.report.document.report`.
        folder: that exists.
        suffixes: of the files, ``png`` and ``svg``.
    """
    from matplotlib import rc_context

    contestants = document["contestants"]
    style: dict[Any, Any] = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
    }
    style |= {"svg.hashsalt": "rcbench", "axes.grid": True, "grid.color": "#e5e8eb", "axes.axisbelow": True}
    written = []
    with rc_context(style):
        drawn = {"feasibility": _feasibility(contestants)}
        if any(contestant["errors"]["n"] for contestant in contestants):
            drawn["errors"] = _errors(contestants)
        for name, figure in drawn.items():
            for suffix in suffixes:
                path = folder / f"{name}.{suffix}"
                # Without a date the same report is the same file.
                figure.savefig(path, dpi=DOTS, metadata={"Date": None} if suffix == "svg" else None)
                written.append(path)
    return written


def _feasibility(contestants: Sequence[Mapping[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    phases = phases_of(contestants)
    columns = min(4, len(phases))
    rows = math.ceil(len(phases) / columns)
    figure = Figure(figsize=(2.2 * columns + 0.9, 1.9 * rows + 0.7), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for place, phase in enumerate(phases):
        axes: Axes = grid[place // columns, place % columns]
        axes.set_title(phase, fontsize=9)
        axes.set_ylim(-0.03, 1.03)
        for number, contestant in enumerate(contestants):
            for found in contestant["phases"]:
                if found["phase"] == phase:
                    levels = [level["level"] for level in found["levels"]]
                    low, high = ([level["confidence"][end] for level in found["levels"]] for end in (0, 1))
                    axes.fill_between(levels, low, high, color=colour(number), alpha=0.13, linewidth=0)
                    shares = [level["share"] for level in found["levels"]]
                    axes.plot(levels, shares, ".-", color=colour(number), linewidth=1.2, markersize=3.5)
        if place + columns >= len(phases):
            axes.set_xlabel("precedence constraints k")
            axes.tick_params(labelbottom=True)
        if place % columns == 0:
            axes.set_ylabel("share feasible")
    for place in range(len(phases), rows * columns):
        grid[place // columns, place % columns].set_axis_off()
    _legend(figure, contestants)
    return figure


def _errors(contestants: Sequence[Mapping[str, Any]]) -> Figure:
    from matplotlib.figure import Figure

    failing = [(k, contestant) for k, contestant in enumerate(contestants) if contestant["errors"]["n"]]
    occurring = {found["kind"] for _, contestant in failing for found in contestant["errors"]["classes"]}
    kinds = [kind for kind in CLASSES if kind in occurring]
    figure = Figure(figsize=(max(4.5, 1.15 * len(kinds) + 1), 3.2), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(failing)
    for place, (number, contestant) in enumerate(failing):
        for found in contestant["errors"]["classes"]:
            x = kinds.index(found["kind"]) + (place + 0.5) * width - 0.4
            low, high = found["confidence"]
            spread = [[found["share"] - low], [high - found["share"]]]
            axes.bar(x, found["share"], width, color=colour(number), alpha=0.85)
            axes.errorbar(x, found["share"], spread, color="#333333", linewidth=0.8, capsize=1.5)
    axes.set_xticks(range(len(kinds)), [kind.lower() for kind in kinds], fontsize=8)
    axes.grid(visible=False, axis="x")
    axes.set_ylabel("share of infeasible answers")
    _legend(figure, contestants)
    return figure


def _legend(figure: Figure, contestants: Sequence[Mapping[str, Any]]) -> None:
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=colour(k), marker=".") for k in range(len(contestants))]
    names = [contestant["contestant"] for contestant in contestants]
    figure.legend(lines, names, loc="outside upper center", ncols=min(4, len(names)), frameon=False, fontsize=8)
