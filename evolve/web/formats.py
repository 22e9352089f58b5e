"""How numbers, times and ids are written in pages."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from evolve.charts import numbers

SHORT = 12
"""Digits of a candidate's id that are shown: as many as on the terminal."""


LONGEST_TEXT = 20_000
"""Characters of a text in a page; the whole is one link away, or in the JSON."""


def number(value: float | None) -> str:
    """Four digits, whole numbers up to ten million in full; a dash for nothing."""
    return numbers.number(value) or "–"


def interval(value: Sequence[float | None] | None) -> str:
    """Both ends; nothing for nothing."""
    return "" if value is None else numbers.interval(*value)


def usd(value: float) -> str:
    """Dollars, of which small amounts keep two digits."""
    return "–" if not value else f"${value:.2f}" if value >= 1 else f"${value:.2g}"


def seconds(value: float | None) -> str:
    """A length of time in its two largest units."""
    if value is None or not math.isfinite(value):
        return number(value)
    if value < 0.001:
        return "under 1 ms" if value else "0 s"
    if value < 1:
        return f"{1000 * value:.3g} ms"
    if value < 60:
        return f"{value:.3g} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def beginning(value: str, most: int = LONGEST_TEXT) -> str:
    """A text up to so many characters, and how many more there are: a candidate may say as much as it likes."""
    left = len(value) - most
    return value if left <= 0 else f"{value[:most]}… and {numbers.counted(left, 'more character')}"


def size(value: int | None) -> str:
    """Bytes in the unit in which they are few."""
    if value is None:
        return "–"
    amount, units = float(value), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.3g} {units[0]}"


def percent(part: int | None, whole: int) -> str:
    """A count, and which share of the whole it is."""
    return f"{numbers.number(part or 0)} ({100 * (part or 0) / whole:.0f} %)" if whole else "0"


def shares(value: tuple[float, float]) -> str:
    """The interval of a share, in percent."""
    low, high = (numbers.number(round(100 * end, 1)) for end in value)
    return f"[{low}, {high}] %"


def moment(value: float | None) -> str:
    """A Unix time as this machine's clock shows it."""
    return "–" if value is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(value))


def stamp(value: float) -> str:
    """A Unix time for machines."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))


def short(value: str) -> str:
    """The beginning of a candidate's id."""
    return value[:SHORT]


_GOOD = frozenset({"ok", "done", "better", "running", "answered", "feasible"})
_CALM = frozenset({"stopped", "duplicate", "indistinguishable", "noisy", "seed", "evaluated", "not begun"})


def kind(word: str) -> str:
    """Of a state, a verdict or a comparison: ``good``, ``calm`` or ``bad``, for its colour. The word says it, too."""
    return "good" if word in _GOOD else "calm" if word in _CALM else "bad"


def words(name: str) -> str:
    """A name of ours as words."""
    return name.replace("_", " ")


def leaf(name: str) -> str:
    """The last part of a name with slashes in it."""
    return name.rpartition("/")[2]


FILTERS: dict[str, Callable[..., Any]] = {
    "beginning": beginning, "number": number, "interval": interval, "usd": usd, "seconds": seconds, "size": size,
    "moment": moment, "stamp": stamp, "short": short, "kind": kind, "percent": percent, "shares": shares,
    "leaf": leaf, "words": words,
}  # fmt: skip
