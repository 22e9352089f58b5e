"""Minimum slack time first, which on one machine is the order of d - p: Conway, Maxwell & Miller, Theory of Scheduling
(1967).
"""

import numpy as np


def sequence(p, d):
    return np.lexsort((p, d - p))
