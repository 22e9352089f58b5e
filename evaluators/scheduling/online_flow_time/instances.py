"""Jobs arriving on one machine, and the preemptive lower bound on their total flow time."""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from evaluators.scheduling.draws import Draws

Integers = NDArray[np.int64]

LOADS = (0.7, 0.8, 0.9, 1.0, 1.1)
_MEAN_TIME = 50


def even(seed: int, jobs: int, load: float) -> tuple[Integers, Integers]:
    """Processing times uniform on 1..99 and arrival times with uniform gaps; ``load`` is mean time over mean gap."""
    u = Draws(seed).uniform(2, jobs)
    p = np.trunc(1 + 99 * u[0]).astype(np.int64)
    gaps = np.trunc(u[1] * 2 * _MEAN_TIME / load).astype(np.int64)
    gaps[0] = 0
    return p, gaps.cumsum()


def bursts(seed: int, jobs: int, load: float) -> tuple[Integers, Integers]:
    """Nine jobs of ten arrive with the one before; four of five take 1..20, the others 80..259."""
    u = Draws(seed).uniform(4, jobs)
    p = np.trunc(np.where(u[0] < 0.8, 1 + 20 * u[1], 80 + 180 * u[1])).astype(np.int64)
    mean = 0.8 * 10.5 + 0.2 * 169.5
    gaps = np.where(u[2] < 0.9, 0, np.trunc(u[3] * 20 * mean / load)).astype(np.int64)
    gaps[0] = 0
    return p, gaps.cumsum()


def preemptive_bound(p: Integers, arrival: Integers) -> int:
    """Least total flow time if jobs may be interrupted: always run the one with least time remaining.

    With preemption that rule is optimal (Schrage, Operations Research 16(3), 1968); without it nothing can be better.
    Both arrays are (jobs,), by arrival.
    """
    remaining: list[int] = []
    t = total = seen = 0
    while seen < len(p) or remaining:
        if not remaining:
            t = max(t, int(arrival[seen]))
        while seen < len(p) and arrival[seen] <= t:
            heapq.heappush(remaining, int(p[seen]))
            seen += 1
        shortest = heapq.heappop(remaining)
        until = t + shortest if seen == len(p) else min(t + shortest, int(arrival[seen]))
        # Every job in the system ages.
        total += (until - t) * (len(remaining) + 1)
        if until - t < shortest:
            heapq.heappush(remaining, shortest - (until - t))
        t = until
    return total


def start_times(p: Integers, arrival: Integers, order: Integers) -> Integers:
    """When each job of ``order`` starts, in that order, the machine never waiting longer than for its next job."""
    starts = np.empty(len(order), np.int64)
    t = 0
    for k, job in enumerate(order):
        starts[k] = t = max(t, int(arrival[job]))
        t += int(p[job])
    return starts
