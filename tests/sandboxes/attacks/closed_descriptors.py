# closed descriptors
# ends: wall_limit exited
# limits: wall_seconds=0.3

import os
import time


def solve(r):
    os.closerange(0, 256)
    time.sleep(30)
