"""Iterated local search for 1||sum T_j, for instances whose optimum is not proven in time.

The neighbourhood moves one job anywhere else (insertion); all n^2 moves are valued at once from cumulative sums. A
local optimum is kicked by a few random moves and searched again (Lourenco, Martin & Stuetzle, Iterated local search,
Handbook of Metaheuristics, 2003).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def improve(p: Integers, d: Integers, rounds: int = 200, kick: int = 4) -> tuple[Integers, int]:
    """A good order of jobs ``p``, ``d`` (both of shape (n,)) and its total tardiness; the same on every call.

    Args:
        p: processing times.
        d: due dates.
        rounds: kicks after the first local optimum.
        kick: random moves in a kick.
    """
    rng = np.random.default_rng(0)
    best, value = descend(p, d, modified_due_date_order(p, d))
    for _ in range(rounds):
        start = best
        for i, j in rng.integers(0, len(p), (kick, 2)):
            start = moved(start, int(i), int(j))
        order, found = descend(p, d, start)
        if found <= value:
            best, value = order, found
    return best, value


def descend(p: Integers, d: Integers, order: Integers) -> tuple[Integers, int]:
    """The local optimum reached from ``order`` by best improving insertions, and its total tardiness."""
    size = len(order)
    positions = np.arange(size)
    later = positions[None, :] > positions[:, None]
    earlier = later.T
    while True:
        times, due = p[order], d[order]
        completion = times.cumsum()
        late = np.maximum(completion - due, 0)
        # Moving the job at i to a later j: jobs i+1..j start its time earlier, and it ends when the job at j did.
        sooner = np.maximum(completion - times[:, None] - due, 0) - late
        forward = np.where(later, sooner, 0).cumsum(axis=1) + np.maximum(completion - due[:, None], 0)
        # To an earlier j: jobs j..i-1 start its time later, and it ends where the job at j began plus its own time.
        delayed = np.maximum(completion + times[:, None] - due, 0) - late
        backward = np.where(earlier, delayed, 0)[:, ::-1].cumsum(axis=1)[:, ::-1] + np.maximum(
            completion - times + times[:, None] - due[:, None], 0
        )
        change = np.where(later, forward, backward) - late[:, None]
        change[positions, positions] = 0
        move = int(change.argmin())
        if change.flat[move] >= 0:
            return order, int(late.sum())
        order = moved(order, move // size, move % size)


def moved(order: Integers, source: int, target: int) -> Integers:
    """``order`` with the job at position ``source`` moved to position ``target``."""
    return np.insert(np.delete(order, source), target, order[source])


def modified_due_date_order(p: Integers, d: Integers) -> Integers:
    """The order that always runs a job of least max(t + p, d) next (Baker & Bertrand, 1982)."""
    waiting = list(np.lexsort((d, p)))
    order, t = [], 0
    while waiting:
        job = min(waiting, key=lambda j: max(t + p[j], d[j]))
        waiting.remove(job)
        order.append(job)
        t += int(p[job])
    return np.array(order)
