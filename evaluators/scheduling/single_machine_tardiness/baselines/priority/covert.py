"""Cost over time, K = 2: Carroll, thesis, MIT (1965), after Vepsalainen & Morton, Management Science 33(8), 1987.

Where a job's cost is zero it has time to spare; such jobs follow by due date (positive then, as d > t + p).
"""

import numpy as np


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    cost = 1 - np.maximum(d - t - p, 0) / (2 * p)
    return np.where(cost > 0, -cost / p, d)
