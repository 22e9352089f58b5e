# overwrite worker and interpreter
# ends: finished
import os
import sys

from attempt import attempt


def solve(r):
    worker = sys.modules["worker"].__file__
    for p in (
        worker,
        sys.executable,
        os.__file__,
        "/packages/numpy/__init__.py",
        "/bin/sh",
        "/etc/passwd",
        "/etc/ld.so.preload",
        "/usr/local/x",
        "/x",
    ):
        attempt("write " + p, lambda: open(p, "ab").close())
        attempt("unlink " + p, lambda: os.unlink(p))
        attempt("chmod " + p, lambda: os.chmod(p, 0o777))
    return r
