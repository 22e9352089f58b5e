# memory in many processes
# ends: memory_limit
# limits: memory_bytes=100663296

import os
import time


def solve(r):
    for _ in range(8):
        if os.fork() == 0:
            break
    x = b"x" * (24 << 20)
    time.sleep(30)
