# title: handlers that never fire
# kind: honest
# expect: ok
import atexit
import faulthandler
import signal
import sys

from kit import honest, once


@once
def settle():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    atexit.register(lambda: None)
    faulthandler.enable(file=sys.__stderr__)


def solve(arguments):
    settle()
    return honest(*arguments)
