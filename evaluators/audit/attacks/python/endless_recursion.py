# title: calls itself without end
# kind: resource
# expect: runtime_error, memory_limit
# variants: python, unlimited, c
# success: the interpreter's crash takes somebody along
import sys

from kit import VARIANT


class Nested:
    def __repr__(self):
        return repr(self)


def call(depth):
    return call(depth + 1)


def solve(arguments):
    if VARIANT != "python":
        sys.setrecursionlimit(10**9)
    return repr(Nested()) if VARIANT == "c" else call(0)
