# daemon that outlives its job
# ends: finished
# orphans: 1
import os
import time


def solve(r):
    ready, go = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(go, b"x")
            os.closerange(0, 256)
            time.sleep(1000)
        os._exit(0)
    os.read(ready, 1)
    os.wait()
    return r
