"""Who takes times has the sandbox to himself, and is not kept waiting by whoever comes after."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from evaluators.quiet import quiet
from sandboxes import Capabilities, Job, Outcome, Reason

JOB = Job("", {}, ())


class Recorder:
    """A runner that notes who is running whenever somebody begins."""

    capabilities: Capabilities = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: list[str] = []
        self.seen: list[tuple[str, ...]] = []

    def _do(self, what: str) -> None:
        with self._lock:
            self._now.append(what)
            self.seen.append(tuple(self._now))
        time.sleep(0.02)
        with self._lock:
            self._now.remove(what)

    def run(self, job: Job, gate: Any = None) -> Outcome:
        self._do("build")
        return Outcome(Reason.FINISHED)

    def run_in_turn(self, jobs: Sequence[Job], ready: Any = None) -> list[Outcome]:
        self._do("timing")
        return [Outcome(Reason.FINISHED) for _ in jobs]


def test_timings_are_alone() -> None:
    pool = Recorder()
    runner = quiet(pool)
    assert quiet(pool) is runner
    threads = [threading.Thread(target=runner.run, args=(JOB,)) for _ in range(12)]
    threads += [threading.Thread(target=runner.run_in_turn, args=([JOB, JOB],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert len(pool.seen) == 16
    assert any(len(running) > 1 for running in pool.seen)
    assert all(running == ("timing",) for running in pool.seen if "timing" in running)


def test_builds_that_come_later_do_not_go_first() -> None:
    """A stream of builds, two at a time, cannot keep a timing from its turn."""
    pool = Recorder()
    runner = quiet(pool)
    over = threading.Event()

    def build() -> None:
        while not over.is_set():
            runner.run(JOB)

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    for _ in range(3):
        runner.run_in_turn([JOB])
    took = time.monotonic() - began
    over.set()
    for thread in threads:
        thread.join(10.0)
    assert pool.seen.count(("timing",)) == 3
    assert took < 5.0
