# title: raises and catches inside, with finally and custom exceptions
# kind: honest
# expect: ok
from kit import honest


class OddError(Exception):
    pass


def solve(arguments):
    for kind in (OddError, ZeroDivisionError, KeyError, StopIteration, MemoryError, OSError):
        try:
            raise kind("inside")
        except Exception:
            continue
        finally:
            del kind
    try:
        raise SystemExit(3)
    except SystemExit:
        return honest(*arguments)
