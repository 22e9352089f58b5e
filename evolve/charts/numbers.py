"""Numbers as text: coordinates, ticks and cells."""

from __future__ import annotations

import sys
from collections.abc import Iterable

LARGEST = 1e150
"""What is greater is not drawn: its differences would overflow."""


def coordinate(value: float) -> str:
    """Pixels, to a tenth."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def number(value: float | None) -> str:
    """Four digits, whole numbers in full up to ten million; nothing of None."""
    if value is None:
        return ""
    if value != value:
        return "not a number"
    if abs(value) > sys.float_info.max:  # of an integer, too, which JSON may have with any number of digits
        return "infinite" if value > 0 else "minus infinite"
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value)}" if abs(value) < 10_000 else f"{int(value):,}".replace(",", "\N{THIN SPACE}")
    return f"{value:.4g}"


def interval(low: float | None, high: float | None) -> str:
    """``[low, high]``; nothing where there is none."""
    return "" if low is None or high is None else f"[{number(low)}, {number(high)}]"


def is_drawable(value: float | None) -> bool:
    """Whether it has a place on an axis."""
    return value is not None and abs(value) <= LARGEST


def drawable(values: Iterable[float | None]) -> list[float]:
    """Those that have a place on an axis."""
    return [float(value) for value in values if value is not None and is_drawable(value)]


def counted(count: int, noun: str) -> str:
    """``1 node``, ``2 nodes``."""
    return f"{number(count)} {noun}" + ("" if count == 1 else "s")
