# title: looks through the descriptors it was born with
# kind: escape
# expect: ok
# leak: other processes reachable
# success: a descriptor that is neither a pipe of its own nor the null device
import os

from kit import honest, once, pwned


@once
def look():
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if not target.startswith(("pipe:", "/dev/null", "/proc/")):
            pwned(f"{name} -> {target}")


def solve(arguments):
    look()
    return honest(*arguments)
