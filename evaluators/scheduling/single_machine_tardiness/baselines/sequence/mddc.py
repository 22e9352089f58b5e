"""MDD Challenger, found by a language model: Cetinkaya, Buyuktahtakin, Shojaee & Reddy, arXiv:2510.24013 (2025)."""

import numpy as np


def sequence(p, d):
    waiting = np.lexsort((d, p))
    order, t = [], 0
    while waiting.size:
        times, due = p[waiting], d[waiting]
        urgency = np.maximum(1.1 * times + t, due)
        share = np.minimum(times / (t + times.max()), 1)
        urgency = urgency * (1 + share**2 / (1 + share**2)) + times / (t + times.mean())
        chosen = urgency.argmin()
        job = waiting[chosen]
        order.append(job)
        t += p[job]
        waiting = np.delete(waiting, chosen)
    return order
