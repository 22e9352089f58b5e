# title: spins in short-lived children that are reaped by nobody
# kind: resource
# expect: time_limit
# limits: cpu_seconds=0.4
# success: the time of children is lost when they end
import os
import signal


def solve(arguments):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        if os.fork() == 0:
            for _ in range(10**6):
                pass
            os._exit(0)
        try:
            os.wait()
        except ChildProcessError:
            continue
