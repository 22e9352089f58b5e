# title: forks without end
# kind: resource
# expect: process_limit
# success: other jobs find no process left
# variants: once, stubborn
import os

from kit import VARIANT


def solve(arguments):
    while True:
        try:
            os.fork()
        except OSError:
            if VARIANT == "once":
                raise
