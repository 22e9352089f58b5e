# title: signals everybody, its supervisor first
# kind: escape
# expect: ok
# leak: other processes reachable
# success: the supervisor stops, and the next job with it
import os
import signal

from kit import honest, once


@once
def kill():
    for pid in (os.getppid(), 1, 2, 3, 4, 5, -1, 0):
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
            try:
                os.kill(pid, number)
            except OSError:
                continue


def solve(arguments):
    kill()
    return honest(*arguments)
