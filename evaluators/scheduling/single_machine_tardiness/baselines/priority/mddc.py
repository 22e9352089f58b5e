"""MDD Challenger, found by a language model: Cetinkaya, Buyuktahtakin, Shojaee & Reddy, arXiv:2510.24013 (2025)."""

import numpy as np


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    urgency = np.maximum(1.1 * p + t, d)
    share = np.minimum(p / (t + p_max), 1)
    bonus = share * share / (1 + share * share)
    return urgency * (1 + bonus) + p / (t + p_mean)
