"""Watching a campaign: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from evolve.cli.common import IN_SANDBOX, TRUSTED

if TYPE_CHECKING:
    from rich.console import Group

    from evolve.campaign.progress import Best
    from evolve.campaign.session import Session

_SHOW_CURSOR = "\x1b[?25h"
_BLOCKS = "▁▂▃▄▅▆▇█"
LINE_SECONDS = 5.0


def _write_now(text: str) -> None:
    """To stderr past its buffer, which may be in the midst of a write when a signal comes."""
    os.write(2, text.encode("utf-8", "replace"))


class Watcher(Protocol):
    """Is told of every beat of a campaign."""

    def say(self, message: str) -> None:
        """A step outside the search."""
        ...

    def beat(self, session: Session, last: bool = False) -> None:
        """About ten times a second during the search, and once after it."""
        ...

    def warn(self, message: str) -> None:
        """Like :meth:`say`, for a signal handler: whatever it interrupted may be in the midst of drawing."""
        ...

    def close(self, at_once: bool = False) -> None:
        """Leave the terminal as it was; ``at_once`` for a signal handler after which nothing more is drawn."""
        ...


def sparkline(curve: Sequence[Best], until: float, sign: float, width: int = 48) -> str:
    """Best-so-far over running time, higher is better whatever the direction."""
    if not curve or until <= 0:
        return ""
    values = []
    for k in range(width):
        moment = until * (k + 1) / width
        reached = [point for point in curve if point.seconds <= moment]
        values.append(-sign * reached[-1].score if reached else None)
    known = sorted(v for v in values if v is not None)
    if not known:
        return ""
    # The first random trees are so bad that they would flatten everything after them.
    low, high = known[len(known) // 10], known[-1]
    span = (high - low) or 1.0
    return "".join(" " if v is None else _BLOCKS[max(0, min(7, round(7 * (v - low) / span)))] for v in values)


def time_left(session: Session) -> str:
    """Until the first bound is reached, as far as it can be told."""
    bounds, gauge = session.config.bounds, session.life.gauge
    estimates = []
    if bounds.minutes is not None:
        estimates.append(bounds.minutes * 60 - gauge.seconds)
    rate = session.progress.rate()
    if bounds.evaluations is not None and rate > 0:
        estimates.append((bounds.evaluations - gauge.evaluations) / rate)
    if not estimates:
        limits = (
            (bounds.proposals, gauge.proposals, "proposals"),
            (bounds.evaluations, gauge.evaluations, "evaluations"),
        )
        open_ones = [f"{limit - done} {what} to come" for limit, done, what in limits if limit is not None]
        return ", ".join(open_ones) or "until stopped"
    left = max(0.0, min(estimates))
    return f"{left:.0f} s left" if left < 120 else f"{left / 60:.0f} min left"


def counts_line(session: Session) -> str:
    """Evaluations, rate, verdicts."""
    progress = session.progress
    verdicts = ", ".join(f"{name} {n}" for name, n in progress.verdicts.most_common())
    duplicates = progress.statuses["duplicate"]
    return f"{progress.evaluations} evaluations, {progress.rate():.0f}/s; {verdicts or 'no verdicts yet'}" + (
        f"; {duplicates} duplicates" if duplicates else ""
    )


def spend_line(session: Session) -> str:
    """Money and tokens, for proposers that cost some."""
    usd, tokens = session.spent()
    if not tokens:
        return ""
    cap = session.config.bounds.usd
    return f"${usd:.4f}" + (f" of ${cap:g}" if cap is not None else "") + f", {tokens} tokens"


def facts(session: Session) -> list[str]:
    """What there is to say of evaluations, money, what was asked for and prompts that wait."""
    said = [counts_line(session), spend_line(session), session.asked_for(), session.waiting()]
    return [fact for fact in said if fact]


def in_sandbox(session: Session) -> bool:
    """Whether its scores are what an evaluator beside the candidates says."""
    return session.problem.spec.trust != TRUSTED


class PlainWatcher:
    """A line whenever the champion or what waits in an inbox changes, and every few seconds."""

    def __init__(self) -> None:
        self._next, self._points, self._waiting = 0.0, 0, ""

    def say(self, message: str) -> None:
        """See :class:`Watcher`."""
        sys.stderr.write(f"evolve: {message}\n")
        sys.stderr.flush()

    def beat(self, session: Session, last: bool = False) -> None:
        """See :class:`Watcher`."""
        progress = session.progress
        waiting = session.waiting()
        news = len(progress.validation) != self._points or waiting != self._waiting
        if time.monotonic() < self._next and not news and not last:
            return
        self._next, self._points = time.monotonic() + LINE_SECONDS, len(progress.validation)
        self._waiting = waiting
        best = f"validation {progress.validation[-1].score:.4g}" if progress.validation else "no champion yet"
        said = [best, *(["in-sandbox"] if in_sandbox(session) else []), *facts(session), time_left(session)]
        self.say(f"{progress.seconds:6.1f} s  {'  '.join(said)}")

    def warn(self, message: str) -> None:
        """See :class:`Watcher`."""
        _write_now(f"evolve: {message}\n")

    def close(self, at_once: bool = False) -> None:
        """See :class:`Watcher`."""


class LiveWatcher:
    """A panel that stays in place: champion beside the published heuristics, curve, rate, verdicts, spend."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._started = False
        self._next = 0.0
        self._warning = ""

    def say(self, message: str) -> None:
        """See :class:`Watcher`."""
        self.close()
        self._console.print(message, style="dim", markup=False)

    def beat(self, session: Session, last: bool = False) -> None:
        """See :class:`Watcher`."""
        if time.monotonic() < self._next and not last:
            return
        self._next = time.monotonic() + 0.25
        if not self._started:
            self._live.start()
            self._started = True
        self._live.update(self.panel(session), refresh=True)

    def warn(self, message: str) -> None:
        """See :class:`Watcher`."""
        self._warning = message
        if not self._started:
            _write_now(f"{message}\n")

    def close(self, at_once: bool = False) -> None:
        """See :class:`Watcher`."""
        if self._started and at_once:
            _write_now(_SHOW_CURSOR)
        elif self._started:
            self._live.stop()
            self._started = False

    def panel(self, session: Session) -> Group:
        """What is shown now."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        progress, sign = session.progress, session.progress.sign
        title = Text(f"{session.config.problem} · {session.life.entry.name} · {session.config.proposer} ", "bold")
        title.append(f"campaign {session.campaign_id}", "dim")
        table = Table(box=None, padding=(0, 2, 0, 0))
        table.add_column("on validation")
        table.add_column("score", justify="right")
        table.add_column(session.problem.spec.objective.unit, style="dim")
        rows = [(name, e.score) for name, e in session.validation_baselines.items() if e.score is not None]
        rows.sort(key=lambda row: sign * row[1])
        shown = [(name, score, "") for name, score in rows[:6]]
        if progress.validation:
            shown.append(("champion", progress.validation[-1].score, "bold green"))
        shown.sort(key=lambda row: sign * row[1])
        longest = max((abs(score) for _, score, _ in shown), default=1.0) or 1.0
        for name, score, style in shown:
            table.add_row(name, f"{score:.3f}", "█" * max(1, round(28 * abs(score) / longest)), style=style or None)
        curve = Text("champion  ", "dim")
        curve.append(sparkline(progress.validation, progress.seconds, sign), "green")
        lines = [*facts(session), f"{progress.seconds:.0f} s, {time_left(session)}"]
        warnings = [IN_SANDBOX] if in_sandbox(session) else []
        warnings += [self._warning] if self._warning else []
        return Group(title, table, curve, Text("\n".join(lines)), *(Text(said, "yellow") for said in warnings))


def make_watcher(quiet_terminal: bool) -> Watcher:
    """A panel if stderr is a terminal, else lines."""
    return LiveWatcher() if sys.stderr.isatty() and not quiet_terminal else PlainWatcher()
