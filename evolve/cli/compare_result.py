"""A comparison on a terminal: who won by how much, the curves, and the tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evolve.cli.common import IN_SANDBOX, TRUSTED, console, printable, table

if TYPE_CHECKING:
    from rich.console import Console

_BLOCKS = "▁▂▃▄▅▆▇█"


def show_comparison(document: dict[str, Any]) -> None:
    """The tables of a comparison's document."""
    out = console()
    seed, repeats = document["seed"], document["repeats"]
    out.print(
        f"comparison {document['comparison']}: {document['state']}; {printable(document['problem'])}, "
        f"{document['entry_point']}; campaigns of {document['evaluations']} evaluations, seeds {seed} to "
        f"{seed + repeats - 1}",
        markup=False,
    )
    if not document["results"]:
        out.print("no campaign is done yet", style="yellow")
        return
    if document.get("trust") not in (None, TRUSTED):
        out.print(IN_SANDBOX, style="yellow", markup=False)
    if len(document["environments"]) > 1:
        out.print("the campaigns ran in different environments: where scores are times they differ by that too")
    better = "less" if document["direction"] == "min" else "more"
    unit = f"{printable(document['unit'])}, {better} is better"
    _results(out, document, unit)
    _curves(out, document)
    _pairs(out, document)
    out.print(f"kept in {printable(document['archive'])}", markup=False, style="dim", soft_wrap=True)


def _results(out: Console, document: dict[str, Any], unit: str) -> None:
    out.print(f"\nwinners on validation; {unit}:", markup=False)
    results = document["results"]
    seldom = {"no winner": "without_winner", "USD each": "usd"}
    columns = ("n", "median", "quartiles", "s each", *[c for c, key in seldom.items() if any(r[key] for r in results)])
    shown = table("proposer", *columns, numbers=columns)
    for result in results:
        cells = {
            "n": f"{result['campaigns']}/{document['repeats']}",
            "median": _number(result["median"]),
            "quartiles": _interval(result["quartiles"]),
            "s each": f"{result['seconds']:.1f}",
            "no winner": str(result["without_winner"]),
            "USD each": f"{result['usd']:.4f}",
        }
        shown.add_row(_label(result["proposer"], document), *[cells[column] for column in columns])
    known = {name: score for name, score in document["baselines"].items() if score is not None}
    if known:
        pick = min if document["direction"] == "min" else max
        best = pick(known, key=lambda name: known[name])
        shown.add_row(f"best published: {best}", "", _number(known[best]), style="dim")
    out.print(shown, markup=False)
    for result in results:
        other = {reason: n for reason, n in result["stop_reasons"].items() if reason != "evaluations"}
        if other:
            reason = printable(next(iter(other)))
            out.print(
                f"{result['proposer']}: {sum(other.values())} of {result['campaigns']} campaigns ended before their "
                f"last evaluation (median {result['evaluations']:g}), one of them since: {reason}",
                markup=False,
                style="yellow",
                soft_wrap=True,
            )
    _tests(out, document)


def _tests(out: Console, document: dict[str, Any]) -> None:
    parts = list(dict.fromkeys(part for result in document["results"] for part in result["test"] or ()))
    if not parts:
        return
    out.print("\nwinners on test, medians over campaigns:", markup=False)
    shown = table("proposer", *parts, numbers=parts)
    for result in document["results"]:
        tested = result["test"] or {}
        shown.add_row(
            _label(result["proposer"], document),
            *[_number(tested[part]["median"]) if part in tested else "" for part in parts],
        )
    out.print(shown, markup=False)


def _curves(out: Console, document: dict[str, Any]) -> None:
    grid, curves = document["curves"]["evaluations"], document["curves"]["proposers"]
    out.print(f"\nbest so far on validation, 0 to {grid[-1]} evaluations, higher is better:", markup=False)
    sign = 1.0 if document["direction"] == "min" else -1.0
    drawn = table("", "")
    for proposer, line in zip(curves, sparklines([c["median"] for c in curves.values()], sign), strict=True):
        drawn.add_row(proposer, line)
    drawn.show_header = False
    out.print(drawn, markup=False)
    marks = sorted({round((len(grid) - 1) * share) for share in (0.25, 0.5, 1.0)})
    columns = [f"at {grid[mark]}" for mark in marks]
    shown = table("medians, 95 %", *columns, numbers=columns)
    for proposer, curve in curves.items():
        cells = [f"{_number(curve['median'][k])} {_interval([curve['low'][k], curve['high'][k]])}" for k in marks]
        shown.add_row(proposer, *cells)
    out.print(shown, markup=False)


def sparklines(curves: Sequence[Sequence[float | None]], sign: float) -> list[str]:
    """Curves as text of one scale, a character a point, blank where there is no number.

    The scale is by rank among all values of all curves: the first champions are often so bad that a linear one would
    flatten everything after them.

    Args:
        curves: scores.
        sign: +1 if smaller scores are better, which are drawn higher.
    """
    values = sorted({-sign * v for curve in curves for v in curve if v is not None})
    height = {value: round(7 * k / max(1, len(values) - 1)) for k, value in enumerate(values)}
    return ["".join(" " if v is None else _BLOCKS[height[-sign * v]] for v in curve) for curve in curves]


def _pairs(out: Console, document: dict[str, Any]) -> None:
    if not document["pairs"]:
        return
    out.print("\npairs: difference of medians, Mann-Whitney U, Vargha-Delaney A:", markup=False)
    numbers = ("difference", "U", "p", "p (Holm)", "A", "effect")
    shown = table("pair", *numbers, numbers=numbers[:-1])
    for pair in document["pairs"]:
        shown.add_row(
            f"{pair['first']} - {pair['second']}",
            f"{_number(pair['difference'], '+')} {_interval(pair['confidence'], '+')}",
            f"{pair['u']:g}",
            f"{pair['p']:.2g}",
            f"{pair['p_holm']:.2g}",
            f"{pair['a12']:.2f}",
            pair["magnitude"],
        )
    out.print(shown, markup=False)
    apart = [pair for pair in document["pairs"] if pair["comparison"] != "indistinguishable"]
    said = [f"{pair['first']} is {pair['comparison']} than {pair['second']}" for pair in apart]
    out.print("; ".join(said) or "no two can be told apart, as p (Holm) is not below 0.05", markup=False)
    out.print(
        "A: how probably one of the first does better than one of the second",
        style="dim",
        markup=False,
    )


def _label(proposer: str, document: dict[str, Any]) -> str:
    """The proposer; ``random`` selects nothing, so what it finds is the best of so many programs."""
    return f"random: best of {document['evaluations']}" if proposer == "random" else proposer


def _number(value: float | None, sign: str = "") -> str:
    return "none" if value is None else f"{value:{sign}.4g}"


def _interval(limits: Sequence[float | None], sign: str = "") -> str:
    return f"[{_number(limits[0], sign)}, {_number(limits[1], sign)}]"
