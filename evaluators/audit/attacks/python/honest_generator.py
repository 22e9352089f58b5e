# title: builds its list from generators
# kind: honest
# expect: ok
import itertools

from kit import honest


def solve(arguments):
    parts = (x for x in honest(*arguments))
    return list(itertools.chain.from_iterable([x] for x in parts))
