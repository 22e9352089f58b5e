"""How much one instance may count in a mean of scores."""

from __future__ import annotations

import numpy as np

FENCE_SPREADS = 6.0
"""Interquartile ranges beyond the third quartile: twice as many as to Tukey's outer fence, since the tail of a good
rule is part of what is wanted of it."""


def far_out(costs: np.ndarray) -> float:
    """The fence on the bad side, Q3 + 6 (Q3 - Q1) (after Tukey, Exploratory Data Analysis, 1977, ch. 2).

    Args:
        costs: per instance, of a good rule; less is better, (instances,).

    Returns:
        The fence; infinite if the quartiles coincide.
    """
    low, high = np.percentile(costs, [25.0, 75.0])
    return float(high + FENCE_SPREADS * (high - low)) if high > low else float("inf")
