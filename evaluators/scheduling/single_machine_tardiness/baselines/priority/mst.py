"""Minimum slack time first: Conway, Maxwell & Miller, Theory of Scheduling (1967)."""


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return d - t - p
