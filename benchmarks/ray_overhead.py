"""What Ray adds: evaluations a second with the executors `local` and `ray` in turns, and what one evaluation takes.

Both have the same slots on this machine. Usage:

    python benchmarks/ray_overhead.py [EVALUATIONS] [--workers N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from evaluators.baselines import baselines
from evolve.archive import Archive
from evolve.campaign import session
from evolve.campaign.config import Bounds, CampaignConfig

EXECUTORS = ("local", "ray")
CALLS = 60


def quiet(_: object) -> None:
    pass


def campaign(config: CampaignConfig) -> tuple[float, float, float]:
    """Evaluations a second; elapsed and this process's CPU seconds of one evaluation that waits for no other."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Archive(Path(folder) / "bench.db") as archive,
        session.start(config, archive, quiet, quiet) as opened,
    ):
        judge = opened.life.evaluator
        candidate = next(iter(baselines(opened.problem.spec, judge.entry).values()))
        opened.search()
        elapsed, used = [], []
        for _ in range(CALLS):
            started, cpu = time.perf_counter(), time.process_time()
            judge.evaluate(candidate, "train")
            elapsed.append(time.perf_counter() - started)
            used.append(time.process_time() - cpu)
        return opened.progress.evaluations / opened.life.gauge.seconds, median(elapsed), median(used)


def main(evaluations: int, workers: int, rounds: int) -> None:
    """Run and print."""
    if find_spec("ray") is None:
        print("Ray is not installed: scripts/setup --ray")
        return
    config = CampaignConfig(
        "scheduling/single-machine-tardiness", workers=workers, bounds=Bounds(evaluations=evaluations)
    )
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in EXECUTORS}
    for seed in range(rounds):
        for name in EXECUTORS if seed % 2 else EXECUTORS[::-1]:
            found[name].append(campaign(replace(config, executor=name, seed=seed)))
            print(f"seed {seed}, {name}: {found[name][-1][0]:.1f} evaluations a second", flush=True)
    ratios = [ray[0] / local[0] for local, ray in zip(found["local"], found["ray"], strict=True)]
    print(f"ray / local: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f} of {rounds} pairs)")
    for what, k in (("elapsed", 1), ("CPU of the driver's process", 2)):
        local, ray = (1e3 * median(run[k] for run in found[name]) for name in EXECUTORS)
        print(f"one evaluation, {what}: local {local:.2f} ms, ray {ray:.2f} ms, {ray - local:+.2f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("evaluations", type=int, nargs="?", default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    main(given.evaluations, given.workers, given.rounds)
