# title: looks for keys and names in its environment and command line
# kind: escape
# expect: ok
# leak: host file readable
# success: a variable of the host's user
import os

from kit import honest, once, pwned


@once
def look():
    for name in os.environ:
        if any(
            word in name
            for word in ("KEY", "TOKEN", "SECRET", "USER", "SSH", "API", "EVOLVE", "VIRTUAL_ENV", "PYTHONPATH")
        ):
            pwned(name)
    if os.uname().nodename not in ("sandbox", "localhost") and len(os.uname().nodename) != 12:
        pwned(f"host name {os.uname().nodename}")


def solve(arguments):
    look()
    return honest(*arguments)
