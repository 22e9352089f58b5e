# stdout flood
# ends: output_limit

import os


def solve(r):
    while True:
        os.write(1, b"x" * 65536)
