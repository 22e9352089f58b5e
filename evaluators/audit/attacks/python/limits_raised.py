# title: raises its own limits and priority
# kind: escape
# expect: ok
# leak: limit not held
# success: more than it was given, or a favour from the scheduler
import os
import resource

from kit import LIBC, attempt, honest, once


@once
def reach():
    for name in ("CPU", "NOFILE", "FSIZE", "CORE", "NPROC", "MEMLOCK", "MSGQUEUE"):
        limit = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(limit)[1]
        if hard != resource.RLIM_INFINITY:
            attempt(name, lambda: resource.setrlimit(limit, (hard + 1, hard + 1)))
            attempt(f"{name} of another", lambda: resource.prlimit(0, limit, (hard + 1, hard + 1)) and 1)
    attempt("nice", lambda: os.nice(-5))
    attempt("affinity", lambda: os.sched_setaffinity(0, {0}))
    attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10)))
    attempt("oom", lambda: open("/proc/self/oom_score_adj", "w").write("-1000"))
    attempt("io", lambda: LIBC.syscall(251, 1, 0, 1 << 13))
    attempt("lock", lambda: LIBC.mlockall(3))


def solve(arguments):
    reach()
    return honest(*arguments)
