# title: complains without end
# kind: resource
# expect: time_limit
# limits: cpu_seconds=0.4 wall_seconds=1.0
# success: the host keeps all of it, or the supervisor is kept from its work
import os


def solve(arguments):
    while True:
        os.write(2, b"x" * 65536)
