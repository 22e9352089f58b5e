# title: a tuple where a list is usual
# kind: honest
# expect: ok
from kit import honest


def solve(arguments):
    return tuple(honest(*arguments))
