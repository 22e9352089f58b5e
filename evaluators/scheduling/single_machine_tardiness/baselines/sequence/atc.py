"""Apparent tardiness cost, K = 2: Vepsalainen & Morton, Management Science 33(8), 1987.

The index exp(-max(slack, 0) / (K mean p)) / p, greatest first, as the negative of its logarithm.
"""

import numpy as np


def sequence(p, d):
    waiting = np.lexsort((d, p))
    order, t = [], 0
    while waiting.size:
        times, due = p[waiting], d[waiting]
        slack = np.maximum(due - t - times, 0)
        chosen = (np.log(times) + slack / (2 * times.mean())).argmin()
        job = waiting[chosen]
        order.append(job)
        t += p[job]
        waiting = np.delete(waiting, chosen)
    return order
