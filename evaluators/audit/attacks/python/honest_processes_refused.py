# title: would use several processes, and takes a refusal calmly
# kind: honest
# expect: ok
import multiprocessing

from kit import honest, once


@once
def spread():
    try:
        with multiprocessing.Pool(2) as pool:
            return pool.map(abs, range(4))
    except (OSError, ImportError, RuntimeError):
        return [abs(k) for k in range(4)]


def solve(arguments):
    spread()
    return honest(*arguments)
