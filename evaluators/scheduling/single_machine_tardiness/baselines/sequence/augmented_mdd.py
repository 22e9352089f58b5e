"""Modified due date, moving one earlier job to the end after each step where that helps.

The rule: Baker & Bertrand, Journal of Operations Management 3(1), 1982. The moves:
Bean & Hall, Accuracy of the Modified Due Date Rule, report 85-10, University of Michigan (1985),
as in the code of arXiv:2510.24013 (2025): all moves are valued against the same order and the best is made.
"""

import numpy as np


def sequence(p, d):
    waiting = np.arange(len(p))
    order, t = [], 0
    while waiting.size:
        times, due = p[waiting], d[waiting]
        chosen = np.maximum(t + times, due).argmin()
        job = waiting[chosen]
        order.append(job)
        t += p[job]
        improved(order, p, d)
        waiting = np.delete(waiting, chosen)
    return order


def improved(order, p, d):
    """``order`` with the one earlier job moved to its end whose move helps most, if one does."""
    jobs = np.array(order)
    times, due = p[jobs], d[jobs]
    completion = times.cumsum()
    late = np.maximum(completion - due, 0)
    # Row i: what the jobs after position i gain if the job there leaves and they start its time earlier.
    sooner = np.maximum(completion - times[:, None] - due, 0) - late
    change = np.triu(sooner, 1).sum(axis=1) + np.maximum(completion[-1] - due, 0) - late
    best = int(change.argmin())
    if change[best] < 0:
        order.append(order.pop(best))
