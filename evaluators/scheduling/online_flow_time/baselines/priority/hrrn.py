"""Highest response ratio next: Brinch Hansen, Short-term scheduling in multiprogramming systems, SOSP 1971."""


def priority(p, wait, t, jobs, work):
    return -(wait + p) / p
