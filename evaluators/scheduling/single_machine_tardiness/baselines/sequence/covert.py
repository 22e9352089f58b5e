"""Cost over time, K = 2: Carroll, thesis, MIT (1965), after Vepsalainen & Morton, Management Science 33(8), 1987.

Ties, which are many where no cost is positive, go to the job due first.
"""

import numpy as np


def sequence(p, d):
    waiting = np.lexsort((p, d))
    order, t = [], 0
    while waiting.size:
        times, due = p[waiting], d[waiting]
        cost = np.maximum(1 - np.maximum(due - t - times, 0) / (2 * times), 0)
        chosen = (cost / times).argmax()
        job = waiting[chosen]
        order.append(job)
        t += p[job]
        waiting = np.delete(waiting, chosen)
    return order
