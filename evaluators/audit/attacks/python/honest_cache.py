# title: remembers what it has computed
# kind: honest
# expect: ok
# stage: audit
from functools import lru_cache

from kit import honest


@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


_known = {}


def solve(arguments):
    fibonacci(60)
    key = repr(arguments)
    if key not in _known:
        _known[key] = honest(*arguments)
    return _known[key]
