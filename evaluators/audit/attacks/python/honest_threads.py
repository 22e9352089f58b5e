# title: a few threads that are done before the answer
# kind: honest
# expect: ok
from concurrent.futures import ThreadPoolExecutor

from kit import honest


def solve(arguments):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda k: honest(*arguments), range(4)))[-1]
