"""The interactive plots, as plotly's JSON: traces, layout, and the layout on a narrow screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evolve.charts.palette import LIGHT
from evolve.rcbench.report.errors import CLASSES

Figure = dict[str, Any]
Contestant = dict[str, Any]


def colour(place: int) -> str:
    """Colour of the contestant at a place in the table."""
    return LIGHT[place % len(LIGHT)]


def figures(document: dict[str, Any]) -> dict[str, Figure]:
    """Every plot of a report by the name it has on the page."""
    contestants: list[Contestant] = document["contestants"]
    made = {
        "feasibility": _feasibility(contestants),
        "areas": _areas(contestants),
        "errors": _errors(contestants),
        "together": _together(contestants),
        "interaction": _interaction(contestants),
        "cost": _cost(contestants),
    }
    for figure in made.values():
        # There the legend has a line a contestant, which must not be taken from the plot.
        figure.setdefault("narrow", figure["layout"] | {"height": figure["layout"]["height"] + 20 * len(contestants)})
    return {name: figure for name, figure in made.items() if figure["data"]}


def phases_of(contestants: Sequence[Mapping[str, Any]]) -> list[str]:
    """Phases any contestant was asked, in the order of the one asked most."""
    names = sorted(([phase["phase"] for phase in c["phases"]] for c in contestants), key=len, reverse=True)
    return list(dict.fromkeys(name for phases in names for name in phases))


def _layout(height: int, **more: Any) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 60, "r": 20, "t": 40, "b": 50},
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "plot_bgcolor": "#ffffff",
        "paper_bgcolor": "#ffffff",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hoverlabel": {"namelength": -1},
    } | more


def _axis(title: str = "", **more: Any) -> dict[str, Any]:
    common = {"gridcolor": "#e8ebee", "zeroline": False, "automargin": True}
    return {"title": {"text": title, "standoff": 10}} | common | more


def _rgba(hexadecimal: str, alpha: float) -> str:
    red, green, blue = (int(hexadecimal[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _error_bar(values: Sequence[float], intervals: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - value for value, (_, high) in zip(values, intervals, strict=True)],
        "arrayminus": [value - low for value, (low, _) in zip(values, intervals, strict=True)],
        "thickness": 1.3,
        "width": 4,
    }


def _feasibility(contestants: Sequence[Contestant]) -> Figure:
    """A panel a phase: share feasible by level with Wilson bands."""
    phases = phases_of(contestants)
    data = []
    shown: set[str] = set()
    for number, contestant in enumerate(contestants):
        for found in contestant["phases"]:
            place = phases.index(found["phase"])
            suffix = str(place + 1) if place else ""
            axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legendgroup": contestant["contestant"]}
            levels = [level["level"] for level in found["levels"]]
            low, high = ([level["confidence"][end] for level in found["levels"]] for end in (0, 1))
            data.append({
                "type": "scatter", "mode": "lines", "x": levels + levels[::-1], "y": high + low[::-1],
                "fill": "toself", "fillcolor": _rgba(colour(number), 0.12), "line": {"width": 0}, "hoverinfo": "skip",
                "showlegend": False,
            } | axes)  # fmt: skip
            data.append({
                "type": "scatter", "mode": "lines+markers", "name": contestant["contestant"], "x": levels,
                "y": [level["share"] for level in found["levels"]], "line": {"color": colour(number), "width": 2},
                "marker": {"size": 5}, "showlegend": contestant["contestant"] not in shown,
                "customdata": [[level["feasible"], level["n"], *level["confidence"]] for level in found["levels"]],
                "hovertemplate": "k = %{x}: %{customdata[0]} of %{customdata[1]} feasible "
                "(%{customdata[2]:.0%} to %{customdata[3]:.0%})",
            } | axes)  # fmt: skip
            shown.add(contestant["contestant"])
    return {"data": data, "layout": _panels(phases, min(len(phases), 3)), "narrow": _panels(phases, 1)}


def _panels(phases: Sequence[str], columns: int) -> dict[str, Any]:
    """Layout of a panel a phase."""
    rows = math.ceil(len(phases) / columns)
    height = 90 + 260 * rows
    layout = _layout(height, grid={"rows": rows, "columns": columns, "pattern": "independent", "ygap": 0.32})
    layout["legend"] |= {"y": 1 + 45 / height, "groupclick": "togglegroup"}
    layout["margin"]["t"] = 80
    layout["annotations"] = []
    for place, phase in enumerate(phases):
        suffix = str(place + 1) if place else ""
        layout[f"xaxis{suffix}"] = _axis("precedence constraints k" if place >= len(phases) - columns else "")
        first = place % columns == 0
        layout[f"yaxis{suffix}"] = _axis("share feasible" if first else "", range=[-0.03, 1.03], tickformat=".0%")
        layout["annotations"].append({
            "text": f"<b>{phase}</b>", "showarrow": False, "x": 0.5, "y": 1.0, "xanchor": "center", "yanchor": "bottom",
            "xref": f"x{suffix} domain", "yref": f"y{suffix} domain",
        })  # fmt: skip
    return layout


def _areas(contestants: Sequence[Contestant]) -> Figure:
    """AUC or, by a button, WAUC by phase."""
    data: list[dict[str, Any]] = []
    for measure in ("auc", "wauc"):
        for number, contestant in enumerate(contestants):
            found = [phase[measure] for phase in contestant["phases"]]
            values = [estimate["value"] for estimate in found]
            data.append({
                "type": "bar", "name": contestant["contestant"],
                "x": [phase["phase"] for phase in contestant["phases"]], "y": values,
                "error_y": _error_bar(values, [estimate["confidence"] for estimate in found]),
                "marker": {"color": colour(number), "opacity": 0.85}, "visible": measure == "auc",
                "hovertemplate": "%{x}: %{y:.3f}",
            })  # fmt: skip
    n = len(contestants)
    menu = {
        "type": "buttons", "direction": "right", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom",
        "buttons": [
            {"label": "AUC", "method": "restyle", "args": [{"visible": [True] * n + [False] * n}]},
            {"label": "WAUC", "method": "restyle", "args": [{"visible": [False] * n + [True] * n}]},
        ],
    }  # fmt: skip
    layout = _layout(420, barmode="group", updatemenus=[menu], xaxis=_axis(), yaxis=_axis(range=[0, 1.02]))
    layout["xaxis"]["categoryarray"] = phases_of(contestants)
    layout["margin"]["t"] = 80
    height = layout["height"] + 20 * n + 40
    # On a narrow screen the legend has a line a contestant, and goes above the buttons.
    above = layout | {"height": height, "legend": layout["legend"] | {"y": 1 + 60 / height}}
    return {"data": data, "layout": layout, "narrow": above}


def _errors(contestants: Sequence[Contestant]) -> Figure:
    """Share of the infeasible answers that have each class of error."""
    data = []
    for number, contestant in enumerate(contestants):
        classes = contestant["errors"]["classes"]
        if not classes:
            continue
        shares = [found["share"] for found in classes]
        data.append({
            "type": "bar", "name": contestant["contestant"], "x": [found["kind"] for found in classes], "y": shares,
            "error_y": _error_bar(shares, [found["confidence"] for found in classes]),
            "marker": {"color": colour(number), "opacity": 0.85},
            "customdata": [[found["count"], contestant["errors"]["n"], found["first"]] for found in classes],
            "hovertemplate": "%{x}: in %{customdata[0]} of %{customdata[1]} infeasible answers, "
            "the earliest in %{customdata[2]}",
        })  # fmt: skip
    yaxis = _axis("share of infeasible answers", range=[0, 1.02], tickformat=".0%")
    xaxis = _axis(categoryorder="array", categoryarray=list(CLASSES))
    return {"data": data, "layout": _layout(420, barmode="group", xaxis=xaxis, yaxis=yaxis)}


def _together(contestants: Sequence[Contestant]) -> Figure:
    """Which classes occur together, one contestant at a time by a menu."""
    failing = [contestant for contestant in contestants if contestant["errors"]["n"]]
    failing.sort(key=lambda contestant: contestant["kind"] != "llm")
    data = []
    for number, contestant in enumerate(failing):
        errors = contestant["errors"]
        kinds = [found["kind"] for found in errors["classes"]]
        data.append({
            "type": "heatmap", "x": kinds, "y": kinds, "visible": not number, "zmin": 0, "zmax": 1,
            "z": [[count / row[k] for count in row] for k, row in enumerate(errors["together"])],
            "text": [[str(count) for count in row] for row in errors["together"]],
            "texttemplate": "%{z:.0%}<br>%{text}", "customdata": errors["lift"],
            "colorscale": [[0, "#f7fbff"], [1, "#4292c6"]], "showscale": False,
            "hovertemplate": "%{z:.0%} of the answers with %{y} have %{x} too (%{text}), "
            "%{customdata:.2f} times what chance would give<extra></extra>",
        })  # fmt: skip
    menu = {
        "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom",
        "buttons": [
            {"label": c["contestant"], "method": "restyle", "args": [{"visible": [other is c for other in failing]}]}
            for c in failing
        ],
    }  # fmt: skip
    layout = _layout(520, updatemenus=[menu], xaxis=_axis("… also has"), yaxis=_axis("an answer with …"))
    layout["yaxis"]["autorange"] = "reversed"
    layout["margin"]["t"] = 60
    # On a narrow screen a name needs the room above the classes, too.
    return {"data": data, "layout": layout, "narrow": layout | {"updatemenus": [menu | {"x": -0.45}]}}


def _interaction(contestants: Sequence[Contestant]) -> Figure:
    """Moving means of the combination, and of what its parts would make of it."""
    data = []
    for number, contestant in enumerate(contestants):
        found = contestant["interaction"]
        if found["verdict"] is None:
            continue
        for key, dash, name in (("expected", "dot", "product of single axes"), ("observed", "solid", "combination")):
            data.append({
                "type": "scatter", "mode": "lines", "x": list(found["levels"]), "y": list(found[key]),
                "name": contestant["contestant"], "legendgroup": contestant["contestant"],
                "showlegend": key == "observed", "line": {"color": colour(number), "dash": dash, "width": 2},
                "hovertemplate": f"k = %{{x}}: %{{y:.0%}}, {name}",
            })  # fmt: skip
    yaxis = _axis("share feasible", rangemode="tozero", tickformat=".0%")
    return {"data": data, "layout": _layout(420, xaxis=_axis("precedence constraints k"), yaxis=yaxis)}


def _cost(contestants: Sequence[Contestant]) -> Figure:
    """What a feasible schedule costs, in dollars if anything cost some, else in seconds."""
    paid = any(contestant["cost"]["usd"] for contestant in contestants)
    key, title = ("usd_per_feasible", "US dollars a feasible schedule") if paid else (
        "seconds_per_feasible", "seconds a feasible schedule",
    )  # fmt: skip
    data = []
    for number, contestant in enumerate(contestants):
        value, share = contestant["cost"][key], contestant["feasible_rate"]
        if not value:
            continue
        data.append({
            "type": "scatter", "mode": "markers", "name": contestant["contestant"], "x": [value], "y": [share],
            "error_y": _error_bar([share], [contestant["confidence"]]),
            "marker": {"color": colour(number), "size": 12}, "hovertemplate": "%{x:.4g}: %{y:.0%} feasible",
        })  # fmt: skip
    yaxis = _axis("share feasible", range=[-0.03, 1.03], tickformat=".0%")
    return {"data": data, "layout": _layout(420, xaxis=_axis(title, type="log"), yaxis=yaxis)}
