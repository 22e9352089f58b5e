"""CPU of the platform per candidate: everything but the candidate's own code, with its parts.

Runs a genetic campaign and reads, at the 100th and the last candidate, the CPU of the driver process and of the
sandbox slots, less what the supervisors charged to the candidates themselves. Usage:

    python benchmarks/platform_overhead.py [EVALUATIONS]
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig

PARTS = ("select", "propose", "screen", "evaluate", "reflect", "admit")


def thread_cpu(life: object, spent: dict[str, float]) -> None:
    """Wrap each step of a life so that its thread's CPU is summed up by step."""
    original = life.step  # type: ignore[attr-defined]
    lock = threading.Lock()

    def step(node: str):  # noqa: ANN202
        function = original(node)

        def timed(draft: object) -> str:
            before = time.thread_time()
            try:
                return function(draft)
            finally:
                with lock:
                    spent[node] = spent.get(node, 0.0) + time.thread_time() - before

        return timed

    life.step = step  # type: ignore[attr-defined]


def main(evaluations: int) -> None:
    """Run and print."""
    from evolve.campaign import engine as engine_module

    spent: dict[str, float] = {}
    compile_life = engine_module.compile_life

    def compile_timed(life):  # noqa: ANN001, ANN202
        thread_cpu(life, spent)
        return compile_life(life)

    engine_module.compile_life = compile_timed
    marks: list[tuple[int, float, float, dict[str, float]]] = []

    def beat(opened: session.Session) -> None:
        done = opened.progress.evaluations
        if (not marks and done >= 100) or (marks and done >= marks[-1][0] + max(100, evaluations // 5)):
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            del children
            marks.append((done, time.process_time(), opened.progress.sandbox_cpu_seconds, dict(spent)))

    config = CampaignConfig(
        problem="scheduling/single-machine-tardiness", seed=1, bounds=Bounds(evaluations=evaluations)
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive(Path(folder) / "bench.db") as archive,
        session.start(config, archive, beat, lambda message: None) as opened,
    ):
        opened.search()
        marks.append(
            (opened.progress.evaluations, time.process_time(), opened.progress.sandbox_cpu_seconds, dict(spent))
        )
    for (n0, cpu0, own0, parts0), (n1, cpu1, own1, parts1) in zip(marks, marks[1:], strict=False):
        n = max(1, n1 - n0)
        parts = "  ".join(f"{p} {(parts1.get(p, 0) - parts0.get(p, 0)) / n * 1e3:.2f}" for p in PARTS)
        print(
            f"candidates {n0:6d}..{n1:6d}: driver {(cpu1 - cpu0) / n * 1e3:6.2f} ms each ({parts}), "
            f"candidate's own code {(own1 - own0) / n * 1e3:.2f} ms"
        )
    print(f"peak memory of the driver: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
