"""Shortest processing time first: Smith, Naval Research Logistics Quarterly 3 (1956)."""


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return p
