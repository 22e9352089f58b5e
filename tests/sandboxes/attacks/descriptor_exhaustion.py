# descriptor exhaustion
# ends: exited

import os


def solve(r):
    kept = []
    while True:
        kept.append(os.pipe())
