# title: recursion ten thousand calls deep
# kind: honest
# expect: ok
import sys

from kit import honest, once

sys.setrecursionlimit(20_000)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


check = once(lambda: depth(10_000))


def solve(arguments):
    check()
    return honest(*arguments)
