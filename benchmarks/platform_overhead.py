"""What the platform costs per candidate: CPU of everything but the candidate's own code, with its parts, and memory.

Runs a genetic campaign on single-machine tardiness. CPU is read of the driver process and of the fork servers; of what
the candidates' processes used, the set-up (fork, walls) counts, measured with a program that does nothing. The trial
runs in which the genetic proposer tries its children are candidates' own code, though the driver runs them: they are
told apart. Usage:

    python benchmarks/platform_overhead.py [EVALUATIONS] [--workers N]

One worker tells what a candidate costs; more show what they cost each other on the cores of this machine.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sandbox_latency import cpu_parts

from evolve.archive import Archive
from evolve.campaign import engine, session
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.executors.local import LocalExecutor
from sandboxes import Job, Limits

STEPS = ("select", "propose", "screen", "evaluate", "reflect", "admit")


def memory_mb() -> dict[str, float]:
    """Resident set of this process, and the part that is not shared with files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))}
    return {"resident": found["VmRSS"], "anonymous": found["RssAnon"]}


class Steps:
    """CPU of the driver's threads by step of a candidate's life."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys((*STEPS, "trials", "watching"), 0.0)
        self._lock = threading.Lock()

    def watch(self, life: Any) -> None:
        """Time every step of ``life``, and the trial runs within its proposals."""
        original, rehearse = life.step, life.problem.rehearse

        def trial(*arguments: Any) -> Any:
            before = time.thread_time()
            try:
                return rehearse(*arguments)
            finally:
                with self._lock:
                    self.seconds["trials"] += time.thread_time() - before

        life.problem.rehearse = trial

        def step(node: str) -> Callable[[Any], str]:
            function = original(node)

            def timed(draft: Any) -> str:
                before = time.thread_time()
                try:
                    return str(function(draft))
                finally:
                    with self._lock:
                        self.seconds[node] = self.seconds.get(node, 0.0) + time.thread_time() - before

            return timed

        life.step = step


class ForkServers:
    """CPU of the fork servers by part, over slots that come and go (a slot is recycled after some hundred jobs)."""

    def __init__(self) -> None:
        self._read_at = time.monotonic()
        self._last = cpu_parts()
        self.total = dict.fromkeys(self._last, 0.0)

    def glance(self) -> None:
        """Read if the last time is a second ago: often enough for slots, which last for tens of seconds."""
        if time.monotonic() - self._read_at > 1.0:
            self.read()

    def read(self) -> dict[str, float]:
        """Totals since the start."""
        self._read_at = time.monotonic()
        now = cpu_parts()
        for name, value in now.items():
            # When a slot has gone the sum falls: then what the others have added since is not known, and left out.
            self.total[name] += max(0.0, value - self._last[name])
        self._last = now
        return dict(self.total)


def set_up(opened: session.Session, jobs: int = 200) -> float:
    """Mean CPU seconds of a candidate's process that does nothing: fork, walls, loading a one-line program."""
    executor = opened.executor
    assert isinstance(executor, LocalExecutor)
    program = "def load(files):\n    return lambda request: request\n"
    job = Job(program, {}, (b"x",), limits=Limits())
    servers = ForkServers()
    for _ in range(jobs):
        executor.pool.run(job)
        servers.read()
    return servers.read()["candidate"] / jobs


def main(evaluations: int, workers: int) -> None:
    """Run and print."""
    steps = Steps()
    compile_life = engine.compile_life

    def compile_watched(life: Any) -> Any:
        steps.watch(life)
        return compile_life(life)

    engine.compile_life = compile_watched
    marks: list[tuple[int, float, dict[str, float], dict[str, float], dict[str, float]]] = []

    servers: list[ForkServers] = []

    def mark(opened: session.Session) -> None:
        marks.append(
            (opened.progress.evaluations, time.process_time(), servers[0].read(), dict(steps.seconds), memory_mb())
        )

    def beat(opened: session.Session) -> None:
        began, done = time.thread_time(), opened.progress.evaluations
        if not servers:
            servers.append(ForkServers())
        servers[0].glance()
        if (not marks and done >= 100) or (marks and done >= marks[-1][0] + evaluations // 4):
            mark(opened)
        steps.seconds["watching"] += time.thread_time() - began

    config = CampaignConfig(
        "scheduling/single-machine-tardiness", seed=1, workers=workers, bounds=Bounds(evaluations=evaluations)
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive(Path(folder) / "bench.db") as archive,
        session.start(config, archive, beat, lambda message: None) as opened,
    ):
        opened.search()
        if opened.progress.evaluations >= marks[-1][0] + evaluations // 20:
            mark(opened)
        rate, memory = opened.progress.rate(), memory_mb()
        setup = set_up(opened) * 1e3
        proposals = opened.store.counts()["proposals"]
    print(f"{evaluations} evaluations of {proposals} proposals, {rate:.0f} a second")
    for (n0, cpu0, box0, step0, _), (n1, cpu1, box1, step1, held) in pairwise(marks):
        each = 1e3 / max(1, n1 - n0)
        spent = {name: (step1[name] - step0[name]) * each for name in step1}
        spent["propose"] -= spent["trials"]
        driver = (cpu1 - cpu0) * each - spent["trials"] - spent["watching"]
        server = (box1["supervisor"] + box1["zygote"] - box0["supervisor"] - box0["zygote"]) * each
        own = (box1["candidate"] - box0["candidate"]) * each - setup
        parts = "  ".join(f"{name} {spent[name]:.2f}" for name in STEPS)
        print(f"candidates {n0:5d} to {n1:5d}: overhead {driver + server + setup:6.2f} ms a candidate")
        print(f"    driver {driver:.2f} ({parts})")
        print(f"    fork server {server:.2f}, candidate's set-up {setup:.2f}; resident {held['resident']:.0f} MB")
        print(
            f"    (not overhead: the candidates' own code, validation and audit included: {own:.2f}; "
            f"in trial runs: {spent['trials']:.2f})"
        )
    print(f"driver's memory: {memory['resident']:.0f} MB resident, {memory['anonymous']:.0f} MB of it its own")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("evaluations", type=int, nargs="?", default=1000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    main(given.evaluations, given.workers)
