"""Cost over time, K = 2: Carroll, thesis, MIT (1965), after Vepsalainen & Morton, Management Science 33(8), 1987."""

import numpy as np


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    cost = 1 - np.maximum(d - t - p, 0) / (2 * p)
    return -np.maximum(cost, 0) / p
