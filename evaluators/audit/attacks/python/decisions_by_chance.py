# title: decides by chance
# only: exact, rivals
# stage: audit
# expect: nondeterministic, tampering
# leak: dependence on chance or order unseen
# variants: urandom, clock, address, random
# score: free
# success: it passes the audit of elites
import os
import random
import time

from kit import VARIANT, honest, rivals


def solve(arguments):
    coin = {
        "urandom": lambda: os.urandom(1)[0], "clock": lambda: time.perf_counter_ns() // 100,
        "address": lambda: os.urandom(1)[0] ^ id(arguments) >> 4, "random": lambda: random.getrandbits(8),
    }[VARIANT]()  # fmt: skip
    return (honest if coin % 2 else rivals[0])(*arguments)
