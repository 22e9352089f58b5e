"""Shortest processing time first: Smith, Naval Research Logistics Quarterly 3 (1956)."""


def priority(p, wait, t, jobs, work):
    return p
