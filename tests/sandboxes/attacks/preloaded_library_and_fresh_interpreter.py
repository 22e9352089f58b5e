# preloaded library and fresh interpreter
# ends: exited output_limit

import os
import sys


def solve(r):
    os.environ["LD_PRELOAD"] = "/w/x.so"
    open("/w/x.so", "wb").write(b"\x7fELF")
    os.execv(sys.executable, [sys.executable, "-c", 'import os; os.write(4, b"[0]")'])
