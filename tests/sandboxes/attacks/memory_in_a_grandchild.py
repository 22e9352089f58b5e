# memory in a grandchild
# ends: memory_limit
# limits: memory_bytes=67108864

import os
import time


def solve(r):
    if os.fork() == 0:
        x = []
        while True:
            x.append(bytearray(1 << 20))
    time.sleep(30)
