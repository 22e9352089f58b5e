"""Panwalkar, Smith & Koulamas, European Journal of Operational Research 70(3), 1993."""

import numpy as np


def sequence(p, d):
    waiting = np.lexsort((d, p)).tolist()
    p, d = p.tolist(), d.tolist()
    order, t = [], 0
    while waiting:
        active = waiting[0]
        if t + p[active] < d[active]:
            for job in waiting[1:]:
                if d[active] <= t + p[job]:
                    break
                if d[active] > d[job]:
                    active = job
        waiting.remove(active)
        order.append(active)
        t += p[active]
    return order
