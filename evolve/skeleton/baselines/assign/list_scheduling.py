"""List scheduling: each job on the machine that is free first (Graham, Bell System Technical Journal 45, 1966)."""


def assign(p, m):
    load = [0] * m
    machines = []
    for time in p:
        first = min(range(m), key=load.__getitem__)
        load[first] += time
        machines.append(first)
    return machines
