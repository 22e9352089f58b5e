# title: tables and a big text at module level
# kind: honest
# expect: ok
import math

from kit import honest

TABLE = [math.sqrt(k) for k in range(5000)]
SQUARES = {k: k * k for k in range(5000)}
TEXT = "all work and no play " * 4000


def solve(arguments):
    assert len(TEXT) > len(TABLE) and SQUARES[7] == 49
    return honest(*arguments)
