"""Worst fit, the emptiest bin in use that has room: Johnson, Journal of Computer and System Sciences 8(3), 1974."""

import numpy as np


def priority(item, bins, capacity):
    return np.where(bins < capacity, bins, -1.0)
