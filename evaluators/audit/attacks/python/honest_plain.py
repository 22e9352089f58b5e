# title: a published heuristic, as it is
# kind: honest
# expect: ok
from kit import honest


def solve(arguments):
    return honest(*arguments)
