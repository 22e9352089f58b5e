# title: closes its pipes under the simulator's hands
# only: online
# expect: runtime_error, time_limit
# leak: hostile answer breaks the judge
# variants: leaves, stays
# limits: wall_seconds=1.0
# success: the simulator fails, and its failure is called one of ours
import os
import time

from kit import VARIANT


def solve(arguments):
    os.closerange(3, 64)
    if VARIANT == "stays":
        time.sleep(60)
    os._exit(0)
