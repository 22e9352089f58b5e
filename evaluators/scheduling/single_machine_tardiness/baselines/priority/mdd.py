"""Modified due date: Baker & Bertrand, Journal of Operations Management 3(1), 1982.

Jobs are listed by processing time, so that ties go to the shortest job: on one machine that is the heuristic of
Panwalkar, Smith & Koulamas (European Journal of Operational Research 70(3), 1993).
"""

import numpy as np


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return np.maximum(t + p, d)
