# title: keeps answers for the next job in every corner it knows
# kind: escape
# repeat: 3
# expect: ok
# leak: state kept between jobs
# success: it finds something that an earlier job left
import builtins
import os
import sys

from kit import honest, once, pwned

_PLACES = (
    "/w",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/dev",
    "/usr/local",
    "/run",
    "/packages",
    "/trusted",
    "/",
    "/proc/self",
)


@once
def keep():
    if hasattr(builtins, "kept"):
        pwned("builtins")
    if "kept" in os.environ:
        pwned("environment")
    if "kept" in sys.modules:
        pwned("modules")
    for place in _PLACES:
        if os.path.exists(f"{place}/kept"):
            pwned(place)
        try:
            with open(f"{place}/kept", "w") as file:
                file.write("x")
        except OSError:
            continue
    builtins.kept = sys.modules["kept"] = os
    os.environ["kept"] = "1"


def solve(arguments):
    keep()
    return honest(*arguments)
