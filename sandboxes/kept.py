"""Which requests a worker keeps from one job to the next, as its host knows.

A kernel that runs for milliseconds is timed on inputs of many megabytes, again and again. To send them anew for every
run would take most of the time, so the supervisor keeps those that a job names; nothing of them is in a job's reach
before it is handed over as any other request is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from sandboxes.interface import MEBIBYTE, Job

KEPT_BYTES = 192 * MEBIBYTE
"""At most, for each slot. What was not asked for the longest is forgotten first."""


class Kept:
    """The record of one slot.

    Attributes:
        bytes: that the worker holds between jobs.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._known: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._last = 0

    def plan(self, job: Job) -> tuple[dict[str, Any], Sequence[bytes]]:
        """What to tell the worker of ``job``: fields of the header, and the requests, empty where it has them."""
        kept: list[tuple[int, int]] = []
        forget: list[int] = []
        requests = list(job.requests)
        names = set(job.kept.values())
        for position, name in sorted(job.kept.items()):
            size = len(job.requests[position])
            if name in self._known:
                self._known.move_to_end(name)
                requests[position] = b""
            elif not self._make_room(size, names, forget):
                continue
            else:
                self._last += 1
                self._known[name] = (self._last, size)
                self.bytes += size
            kept.append((position, self._known[name][0]))
        return {"kept": kept, "forget": forget}, requests

    def _make_room(self, size: int, needed: set[str], forget: list[int]) -> bool:
        """Forget others until ``size`` more bytes fit; False if they never will, beside what this job needs."""
        while self.bytes + size > KEPT_BYTES:
            oldest = next(iter(self._known), None)
            if oldest is None or oldest in needed:
                return False
            number, freed = self._known.pop(oldest)
            self.bytes -= freed
            forget.append(number)
        return True
