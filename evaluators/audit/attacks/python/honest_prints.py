# title: prints what it does, to both streams
# kind: honest
# expect: ok
import logging
import sys

from kit import honest, once


@once
def tell():
    print("hello", "wörld", flush=True)
    print("progress", file=sys.stderr)
    logging.warning("a warning")
    sys.stdout.write("x" * 1000)


def solve(arguments):
    tell()
    return honest(*arguments)
