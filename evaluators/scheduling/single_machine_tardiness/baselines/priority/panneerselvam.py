"""Greatest (remaining work - d) / p first: Panneerselvam (2006), as given in arXiv:2510.24013 (2025)."""


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return (d - work) / p
