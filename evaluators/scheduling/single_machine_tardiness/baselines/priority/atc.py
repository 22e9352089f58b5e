"""Apparent tardiness cost, K = 2: Vepsalainen & Morton, Management Science 33(8), 1987.

The index exp(-max(slack, 0) / (K mean p)) / p, greatest first, as the negative of its logarithm: the same ranking, but
it cannot underflow.
"""

import numpy as np


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return np.log(p) + np.maximum(d - t - p, 0) / (2 * p_mean)
