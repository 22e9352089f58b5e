"""Found by a language model on Weibull sizes: EoH, Liu et al., ICML 2024 (arXiv:2401.02051), figure 6."""

import numpy as np


def priority(item, bins, capacity):
    left = bins - item
    growth = np.exp(left)
    return bins / ((growth + 0.7) * growth) + item / bins * np.sqrt(left) + np.where(left > 3 * item, 0.8, 0.3)
