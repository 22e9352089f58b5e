"""What stands behind the references of 1||sum T_j: exact solution, lock step, published gaps.

Prints how long the exact solver takes a class, how far local search ends from the optimum, what lock step gains over
one instance at a time, and mean gaps beside the published ones. With ``EVOLVE_SMTT_DATA`` naming a folder of the
authors' ``.npy`` files, theirs too. Usage:

    python benchmarks/references.py [INSTANCES PER CLASS]
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.baselines import baselines
from evaluators.registry import load_problem
from evaluators.scheduling.single_machine_tardiness import published, references
from evaluators.scheduling.single_machine_tardiness.exact import solve
from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import BLOCKS, Block, generate, total_tardiness
from evaluators.scheduling.single_machine_tardiness.local_search import improve


def function(name: str, entry: str) -> Callable[..., Any]:
    """A baseline's entry point."""
    problem = load_problem("scheduling/single-machine-tardiness")
    space: dict[str, Any] = {}
    exec(baselines(problem.spec, problem.spec.entry_point(entry))[name].text(), space)
    return space[entry]


def seconds(work: Callable[[], Any]) -> float:
    """Least of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def exact(jobs: int, per_class: int) -> None:
    """Times of the exact solver and errors of local search on a fresh block."""
    p, d = generate(Block("bench", jobs, per_class, 90_000 + jobs))
    spent, errors, searched = [], [], []
    for times, due in zip(p, d, strict=True):
        start = time.process_time()
        optimum = solve(times.tolist(), due.tolist()).value
        middle = time.process_time()
        found = improve(times, due)[1]
        searched.append(time.process_time() - middle)
        spent.append(middle - start)
        errors.append(100 * (found - optimum) / max(optimum, times.sum() / 100))
    print(
        f"n={jobs}: exact {1e3 * np.mean(spent):.1f} ms mean, {1e3 * np.median(spent):.1f} median, "
        f"{1e3 * max(spent):.0f} largest; local search {1e3 * np.mean(searched):.0f} ms, "
        f"mean {np.mean(errors):.3f} % above, optimal on {np.mean(np.array(errors) == 0):.0%}"
    )


def lock_step() -> None:
    """Times of 100 instances in lock step and one by one."""
    for jobs in (25, 50, 100, 200):
        p, d = generate(Block("bench", jobs, 5, 91_000 + jobs))
        for name in ("mdd", "mddc"):
            rule = function(name, "priority")
            together = seconds(lambda rule=rule, p=p, d=d: dispatch.lockstep(rule, p, d))
            apart = seconds(lambda rule=rule, p=p, d=d: dispatch.one_by_one(rule, p, d))
            print(
                f"100 x n={jobs}, {name}: lock step {1e3 * together:.2f} ms, one by one {1e3 * apart:.1f} ms, "
                f"ratio {apart / together:.0f}"
            )


def gaps(p: np.ndarray, d: np.ndarray, best: np.ndarray, label: str, size: int) -> None:
    """Mean gaps beside the published ones, with the time of an instance."""
    for name, known in {**published.MEAN_GAP, **published.MEAN_GAP_OF_TIES}.items():
        start = time.process_time()
        found = total_tardiness(p, d, dispatch.sequences(function(name, "sequence"), p, d))
        spent = (time.process_time() - start) / len(p)
        mean, deviation = published.mean_gap(found, best)
        error = deviation / np.sqrt((best > 0).sum())
        print(
            f"{label}, {name}: {mean:.2f} +- {error:.2f} % (published or measured on their files {known[size]}), "
            f"ratio of sums {published.ratio_of_sums(found, best)[0]:.2f} %, {1e3 * spent:.2f} ms an instance"
        )


def main(per_class: int) -> None:
    """Print everything."""
    for split, blocks in BLOCKS.items():
        for block in blocks:
            known = references.load(split, block)
            print(f"{references.key(split, block)}: {known.proven.sum()} of {block.count} proven optimal")
    for jobs in (50, 100, 200):
        exact(jobs, 1)
    lock_step()
    for size, block in enumerate(BLOCKS["published"]):
        known = references.load("published", block)
        rows = np.arange(block.count).reshape(-1, block.per_class)[:, :per_class].ravel()
        gaps(known.p[rows], known.d[rows], known.values[rows], f"ours n={block.jobs}", size)
    folder = os.environ.get("EVOLVE_SMTT_DATA")
    for size, jobs in enumerate(published.SIZES if folder else ()):
        theirs = published.read_authors_file(Path(str(folder)) / published.FILES[jobs])
        gaps(theirs.p, theirs.d, theirs.optimum, f"theirs n={jobs}", size)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
