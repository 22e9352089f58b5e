# title: has work done when the process ends, and in handlers of signals
# expect: ok
# leak: work after the timer
# success: its handlers run and write after the last answer
import atexit
import os
import signal

from kit import honest, pwned, send


def late(*_):
    pwned("ran after the end")
    send(b"forged")
    os.write(2, b"PWNED late\n")


atexit.register(late)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
    signal.signal(_number, late)


def solve(arguments):
    return honest(*arguments)
