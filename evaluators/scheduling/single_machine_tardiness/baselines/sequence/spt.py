"""Shortest processing time first: Smith, Naval Research Logistics Quarterly 3 (1956)."""

import numpy as np


def sequence(p, d):
    return np.lexsort((d, p))
