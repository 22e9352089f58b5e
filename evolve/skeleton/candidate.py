"""Longest processing time first (Graham, SIAM Journal on Applied Mathematics 17, 1969)."""


def assign(p, m):
    load = [0] * m
    machines = [0] * len(p)
    for job in sorted(range(len(p)), key=lambda j: -p[j]):
        first = min(range(m), key=load.__getitem__)
        load[first] += p[job]
        machines[job] = first
    return machines
