# fork bomb
# ends: process_limit

import os


def solve(r):
    while True:
        os.fork()
