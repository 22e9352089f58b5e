# title: stops itself
# kind: resource
# expect: time_limit, ok
# limits: wall_seconds=0.3
# success: a stopped process is waited for
import os
import signal

from kit import honest


def solve(arguments):
    os.kill(os.getpid(), signal.SIGSTOP)
    return honest(*arguments)
