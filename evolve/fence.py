"""How much one instance may count in a mean of scores."""

from __future__ import annotations

import numpy as np

FENCE_SPREADS = 6.0
"""Interquartile ranges beyond the third quartile: twice as many as to Tukey's outer fence, since the tail of a good
rule is part of what is wanted of it."""
FEWEST = 12
"""Instances whose quartiles say something of others. Two whose times are measured may well differ by a hundredth, and
whoever is slower by more than six of these is then as good as any."""


def far_out(costs: np.ndarray) -> float:
    """The fence on the bad side, Q3 + 6 (Q3 - Q1) (after Tukey, Exploratory Data Analysis, 1977, ch. 2).

    Args:
        costs: per instance, of a good rule; less is better, (instances,).

    Returns:
        The fence; infinite if the quartiles coincide, or are those of fewer than ``FEWEST`` instances.
    """
    if len(costs) < FEWEST:
        return float("inf")
    low, high = np.percentile(costs, [25.0, 75.0])
    return float(high + FENCE_SPREADS * (high - low)) if high > low else float("inf")
