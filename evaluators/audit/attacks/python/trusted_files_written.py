# title: overwrites, removes or renames what runs it
# kind: escape
# expect: ok
# leak: write outside the work directory
# success: a file of the worker, the interpreter, a package or the system is changed
import os
import sys

from kit import attempt, honest, once


@once
def write():
    places = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] in ("worker", "numpy")
              and getattr(module, "__file__", None)][:6]  # fmt: skip
    places += [
        sys.executable,
        os.__file__,
        "/bin/sh",
        "/etc/passwd",
        "/etc/ld.so.preload",
        "/usr/local/x",
        "/x",
        "/dev/x",
    ]
    for place in places:
        attempt(f"append {place}", lambda: open(place, "ab").close())
        attempt(f"unlink {place}", lambda: os.unlink(place))
        attempt(f"chmod {place}", lambda: os.chmod(place, 0o777))
        attempt(f"rename {place}", lambda: os.rename(place, f"{place}.old"))
        attempt(f"link {place}", lambda: os.link(place, "/w/link"))
        attempt(f"times of {place}", lambda: os.utime(place, (0, 0)))
        attempt(f"truncate {place}", lambda: os.truncate(place, 0))


def solve(arguments):
    write()
    return honest(*arguments)
