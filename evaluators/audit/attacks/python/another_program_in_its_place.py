# title: becomes a fresh interpreter with a preloaded library, which answers
# expect: runtime_error, output_limit, wrong_answer, tampering
# leak: clock trusted
# success: a library of its own is loaded beside the harness
import os
import sys

from kit import result_pipe


def solve(arguments):
    fd = result_pipe()
    os.set_inheritable(fd, True)
    with open("/w/clock.so", "wb") as library:
        library.write(b"\x7fELF")
    os.environ["LD_PRELOAD"] = "/w/clock.so"
    program = f"import os; os.write({fd}, (3).to_bytes(4, 'little') + b'[0]')"
    os.execv(sys.executable, [sys.executable, "-c", program])
