"""Timings that have the sandbox to themselves: while one is taken, nothing is built and nobody else is judged.

For problems that declare ``exclusive_timing``: compilers and other candidates would share caches, memory bandwidth and
cores with what is timed. Whoever wants to time goes first, else a stream of builds would keep it waiting.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from weakref import WeakKeyDictionary

from evaluators.judging import Runner
from sandboxes import Capabilities, Gate, Job, Outcome


class Quiet:
    """A runner whose :meth:`run_in_turn`, by which times are taken, is alone; of it there is one a pool."""

    def __init__(self, pool: Runner) -> None:
        self._pool = pool
        self._changed = threading.Condition()
        self._running = 0
        self._timing = False
        self._wanted = 0

    @property
    def capabilities(self) -> Capabilities:
        """See :class:`Runner`."""
        return self._pool.capabilities

    def run(self, job: Job, gate: Gate | None = None) -> Outcome:
        """See :class:`Runner`; waits while times are taken or are to be taken next."""
        with self._changed:
            self._changed.wait_for(lambda: not self._timing and not self._wanted)
            self._running += 1
        try:
            return self._pool.run(job, gate)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def run_in_turn(self, jobs: Sequence[Job], ready: Callable[[], object] | None = None) -> list[Outcome]:
        """See :class:`Runner`; nothing else runs meanwhile."""
        with self._alone():
            return self._pool.run_in_turn(jobs, ready)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with self._changed:
            self._wanted += 1
            self._changed.wait_for(lambda: not self._timing and not self._running)
            self._wanted -= 1
            self._timing = True
        try:
            yield
        finally:
            with self._changed:
                self._timing = False
                self._changed.notify_all()


_quiet: WeakKeyDictionary[Runner, Quiet] = WeakKeyDictionary()
_making = threading.Lock()


def quiet(pool: Runner) -> Quiet:
    """The one quiet runner of a pool."""
    with _making:
        if pool not in _quiet:
            _quiet[pool] = Quiet(pool)
        return _quiet[pool]
