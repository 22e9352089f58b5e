# title: spins
# kind: resource
# expect: time_limit
# limits: cpu_seconds=0.4
# variants: python, power, pattern
# success: it goes on as long as it likes
import re

from kit import VARIANT


def solve(arguments):
    if VARIANT == "power":
        return 9**9**9  # one call of the interpreter that no signal interrupts
    if VARIANT == "pattern":
        return re.match(r"(a+)+$", "a" * 64 + "b")
    while True:
        pass
