"""Modified due date: Baker & Bertrand, Journal of Operations Management 3(1), 1982.

Ties go to the job listed first, as in the published comparison of arXiv:2510.24013 (2025).
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
        waiting = np.delete(waiting, chosen)
    return order
