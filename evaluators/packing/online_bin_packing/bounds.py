"""Lower bounds on the number of bins that any packing of an instance needs, with the future known or not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def volume_bound(items: Integers, capacity: int) -> int:
    """L1: the total size in bins, rounded up.

    Args:
        items: sizes in 1..capacity, (items,).
        capacity: of every bin.
    """
    return -(-int(items.sum()) // capacity)


def martello_toth_bound(items: Integers, capacity: int) -> int:
    """L2 of Martello & Toth, Discrete Applied Mathematics 28(1), 1990; never below L1.

    For a threshold k <= capacity / 2, items larger than capacity - k share a bin with none of size k or more; those
    larger than half a bin never share one with each other. Each takes a bin, and only what those not larger than
    capacity - k leave free can hold items of sizes k to capacity / 2. The best k is taken; it can only be one of the
    sizes up to capacity / 2, or 0, which gives L1 if nothing is left free in vain.

    Args:
        items: sizes in 1..capacity, (items,).
        capacity: of every bin.
    """
    counts = np.bincount(items, minlength=capacity + 1)
    number, volume = counts.cumsum(), (counts * np.arange(capacity + 1)).cumsum()
    half = capacity // 2
    k = np.arange(half + 1)
    large = number[-1] - number[half]
    medium_volume = volume[capacity - k] - volume[half]
    room = (number[capacity - k] - number[half]) * capacity - medium_volume
    # Sizes k..half; for k = 0 as for k = 1.
    small_volume = volume[half] - volume[np.maximum(k - 1, 0)]
    further = np.maximum(-(-(small_volume - room) // capacity), 0)
    return int(large + further.max())
