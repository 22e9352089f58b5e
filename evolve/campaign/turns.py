"""Turns to ask: slots for a proposer's calls, apart from those of the sandbox.

A campaign that asks a model has as many lives under way as calls and evaluations may be at one time. So while some
wait for the sandbox others ask, and neither keeps the other idle; a turn is taken before parents are drawn and given
back with the answer, so that each question is drawn when it can be put, knowing all that is known then. What has been
answered and waits to be judged is never more than the calls that may be under way: with all lives waiting nobody asks.
"""

from __future__ import annotations

import threading


class Turns:
    """At most ``count`` threads have a turn; each at most one. None: as many as want one.

    Whoever has a turn waits for nobody who has none, so that nobody waits for ever.
    """

    def __init__(self, count: int | None = None) -> None:
        self._free = None if count is None else threading.Semaphore(count)
        self._mine = threading.local()

    def take(self) -> None:
        """Wait for a turn, unless this thread has one."""
        if self._free is not None and not getattr(self._mine, "held", False):
            self._free.acquire()
            self._mine.held = True

    def give(self) -> None:
        """Give it back, if this thread has one."""
        if self._free is not None and getattr(self._mine, "held", False):
            self._mine.held = False
            self._free.release()
