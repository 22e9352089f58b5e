"""How a winner stands on ``test`` against every published baseline."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from evaluators.declaration import ProblemSpec
from evaluators.parsing import syntax_tree
from evolve.charts.bars import Entry, bars, bars_table
from evolve.web.text import drawn

if TYPE_CHECKING:
    from markupsafe import Markup

WINNER = "winner"


@dataclass(frozen=True, slots=True)
class Standing:
    """A heuristic on ``test``, or on a part of it.

    Attributes:
        name: of it; a baseline's is that of its entry point and its own.
        source: where it was published.
        score: mean over the instances.
        confidence: of the score; None where it is not known.
        versus: the winner against it: ``difference``, ``confidence``, ``comparison``, ``ratio_of_sums`` and
            ``ratio_confidence``; None of the winner itself.
    """

    name: str
    source: str
    score: float
    confidence: Sequence[float | None] | None
    versus: Mapping[str, Any] | None


def standings(test: Mapping[str, Any], spec: ProblemSpec | None) -> list[Standing]:
    """Winner and baselines, the best first.

    Args:
        test: of a campaign's report, with a winner that ended ``ok``.
        spec: of the problem, if it is here.
    """
    sign = 1 if test["direction"] == "min" else -1
    known = test.get("baselines", {})
    rows = [Standing(WINNER, "", test["score"], test["confidence"], None)]
    rows += [
        Standing(name, published(spec, name), versus["score"], known.get(name, {}).get("confidence"), versus)
        for name, versus in test["versus"].items()
    ]
    return sorted(rows, key=lambda row: (sign * row.score, row.name != WINNER, row.name))


def standings_chart(rows: Sequence[Standing], unit: str) -> Markup:
    """Scores with their intervals."""
    name = f"Scores on test, {unit}, with 95 % intervals"
    limits = [row.confidence or (None, None) for row in rows]
    entries = [
        Entry(row.name, row.score, low, high, row.versus is None) for row, (low, high) in zip(rows, limits, strict=True)
    ]
    return drawn(bars(entries, name=name, unit=unit), bars_table(entries, unit), name)


def published(spec: ProblemSpec | None, label: str) -> str:
    """Where a baseline comes from: the first line of its docstring, the comment above it; empty if that is not here.

    Args:
        spec: of the problem, if it is here.
        label: ``entry point/name``.
    """
    entry, _, name = label.partition("/")
    if spec is None or (entry, name) not in {(e.name, baseline) for e in spec.entry_points for baseline in e.baselines}:
        return ""
    found = sorted((spec.folder / "baselines" / entry).glob(f"{name}.*"))
    if not found:
        return ""
    text = found[0].read_text(encoding="utf-8", errors="replace")
    if found[0].suffix == ".py":
        return (ast.get_docstring(syntax_tree(text)) or "").partition("\n")[0]
    comment = takewhile(lambda line: line.startswith("//"), text.splitlines())
    return " ".join(line.lstrip("/ ") for line in comment)
