# title: closes every descriptor and stays
# kind: resource
# expect: time_limit, runtime_error
# limits: wall_seconds=0.5
# leak: limit not held
# success: nobody notices that it will never answer
import os
import time


def solve(arguments):
    os.closerange(0, 64)
    time.sleep(60)
