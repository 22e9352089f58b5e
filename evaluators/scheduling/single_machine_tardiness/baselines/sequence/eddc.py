"""EDD Challenger, found by a language model: Cetinkaya, Buyuktahtakin, Shojaee & Reddy, arXiv:2510.24013 (2025).

Implemented as in the authors' code, which starts from the shortest-processing-time order; it alone gives the published
numbers, the printed algorithm starts from due-date order and never changes it.
"""

import numpy as np


def sequence(p, d):
    order = np.lexsort((d, p)).tolist()
    p, d = p.tolist(), d.tolist()
    for i in range(1, len(order)):
        start = sum(p[job] for job in order[:i])
        for j in range(i, 0, -1):
            last, job = order[j - 1], order[j]
            if d[job] >= d[last]:
                break
            begins = start - p[last]
            if d[last] > start:
                order[j - 1], order[j] = job, last
            start = begins
    return order
