# cpu in children nobody waits for
# ends: cpu_limit
# limits: cpu_seconds=0.4

import os
import signal


def solve(r):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        if os.fork() == 0:
            for _ in range(10**6):
                pass
            os._exit(0)
        try:
            os.wait()
        except ChildProcessError:
            pass
