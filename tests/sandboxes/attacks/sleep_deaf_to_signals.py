# sleep deaf to signals
# ends: wall_limit
# limits: wall_seconds=0.3

import signal
import time


def solve(r):
    for s in range(1, 65):
        try:
            signal.signal(s, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        time.sleep(1000)
