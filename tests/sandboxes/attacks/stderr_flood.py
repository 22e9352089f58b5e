# stderr flood
# ends: cpu_limit wall_limit
# limits: cpu_seconds=0.3 wall_seconds=1.0

import os


def solve(r):
    while True:
        os.write(2, b"x" * 65536)
