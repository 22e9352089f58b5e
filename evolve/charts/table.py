"""The data of a chart as a table, for who cannot see it or wants the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from evolve.charts.numbers import number
from evolve.charts.svg import is_local, visible

Value = str | float | None
LONGEST = 500
"""Rows that are shown; the last of them, since what is latest is what is asked for."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text and numbers.

    Attributes:
        columns: their names.
        rows: a value for each column; None where there is none.
        links: where the first cell of each row leads; empty, or as long as ``rows``.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]
    links: Sequence[str] = ()

    def html(self, caption: str) -> str:
        """The table as HTML, everything in it escaped."""
        numeric = [
            all(row[k] is None or not isinstance(row[k], str) for row in self.rows) for k in range(len(self.columns))
        ]
        first = max(0, len(self.rows) - LONGEST)
        told = caption if not first else f"{caption} (the last {LONGEST} of {len(self.rows)} rows)"
        head = "".join(
            f'<th scope="col"{_right(right)}>{_text(name)}</th>'
            for name, right in zip(self.columns, numeric, strict=True)
        )
        body = "".join(
            "<tr>" + "".join(self._cell(row, k, at, numeric[k]) for k in range(len(self.columns))) + "</tr>"
            for at, row in enumerate(self.rows[first:], first)
        )
        return f"<table><caption>{_text(told)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _cell(self, row: tuple[Value, ...], column: int, at: int, right: bool) -> str:
        value = row[column]
        text = _text(value if isinstance(value, str) else number(value))
        if column:
            return f"<td{_right(right)}>{text}</td>"
        href = self.links[at] if self.links else ""
        inside = f'<a href="{escape(href)}">{text}</a>' if is_local(href) else text
        return f'<th scope="row"{_right(right)}>{inside}</th>'


def _right(right: bool) -> str:
    return ' class="number"' if right else ""


def _text(text: str) -> str:
    return escape(visible(text))


def figure(svg: str, table: Table, name: str) -> str:
    """A chart with its data below, folded away.

    The part that scrolls on a narrow screen can be reached by keyboard.

    Args:
        svg: the chart.
        table: the same data.
        name: of the chart, for who cannot see it.
    """
    rows = _scrolled(table.html(name), f"{name}: table")
    folded = f"<details><summary>The same as a table</summary>{rows}</details>"
    return f'<figure class="chart-figure">{_scrolled(svg, name)}{folded}</figure>'


def _scrolled(content: str, name: str) -> str:
    return f'<div class="chart-scroll" tabindex="0" role="group" aria-label="{_text(name)}">{content}</div>'
