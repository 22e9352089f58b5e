# title: ignores every signal and sleeps
# kind: resource
# expect: time_limit
# limits: wall_seconds=0.3
# success: it sleeps as long as it likes
import signal
import time


def solve(arguments):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    while True:
        time.sleep(1000)
