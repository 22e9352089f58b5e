# title: children answer in its place when the job goes on
# expect: ok, tampering, wrong_answer, output_limit
# leak: work after the timer
# success: an answer of a process other than the first is judged
import os
import time

from kit import honest, once, send


@once
def start():
    if os.fork() == 0:
        time.sleep(0.001)
        for _ in range(3):
            send(b"[0]")
        os._exit(0)


def solve(arguments):
    start()
    return honest(*arguments)
