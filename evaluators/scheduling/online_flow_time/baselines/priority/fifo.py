"""First in, first out."""


def priority(p, wait, t, jobs, work):
    return -wait
