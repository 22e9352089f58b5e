# EVOLVE-BLOCK-START
"""26 circles in the unit square, the sum of whose radii should be large."""

import numpy as np


def construct_packing():
    """Centres (26, 2) and radii (26,)."""
    centers = [(0.1 + 0.2 * i, 0.1 + 0.2 * j) for i in range(5) for j in range(5)]
    centers.append((0.2, 0.2))
    centers = np.array(centers)
    return centers, largest_radii(centers)


def largest_radii(centers):
    """Radii that keep every circle inside and apart from the others."""
    radii = np.minimum(centers, 1 - centers).min(axis=1)
    for i in range(len(centers)):
        for j in range(i):
            distance = np.hypot(*(centers[i] - centers[j]))
            if radii[i] + radii[j] > distance:
                shrink = distance / (radii[i] + radii[j])
                radii[i] *= shrink
                radii[j] *= shrink
    return radii


# EVOLVE-BLOCK-END


def run_packing():
    """What the evaluator calls."""
    centers, radii = construct_packing()
    return centers, radii, float(np.sum(radii))
