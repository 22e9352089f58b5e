"""Greatest (remaining work - d) / p first: Panneerselvam (2006), as given in arXiv:2510.24013 (2025)."""

import numpy as np


def sequence(p, d):
    waiting = np.lexsort((d, p))
    order, t = [], 0
    while waiting.size:
        times, due = p[waiting], d[waiting]
        chosen = ((due - times.sum()) / times).argmin()
        job = waiting[chosen]
        order.append(job)
        t += p[job]
        waiting = np.delete(waiting, chosen)
    return order
