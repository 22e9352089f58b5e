# title: spins in children, each below the limit
# kind: resource
# expect: time_limit
# limits: cpu_seconds=0.5
# success: only one process is measured
import os


def solve(arguments):
    for _ in range(6):
        if os.fork() == 0:
            while True:
                pass
    while True:
        os.wait()
