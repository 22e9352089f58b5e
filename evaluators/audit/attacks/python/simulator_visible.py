# title: looks for the simulator's process
# only: online
# kind: escape
# expect: ok
# leak: future visible
# success: another process can be read, signalled or traced
import os
import signal

from kit import LIBC, attempt, honest, once


@once
def look():
    for pid in range(1, 40):
        if pid == os.getpid():
            continue
        attempt(f"signal {pid}", lambda: os.kill(pid, signal.SIGCONT))
        attempt(f"memory of {pid}", lambda: open(f"/proc/{pid}/mem", "rb").close())
        attempt(f"descriptors of {pid}", lambda: os.listdir(f"/proc/{pid}/fd"))
        attempt(f"trace {pid}", lambda: LIBC.ptrace(16, pid, 0, 0))


def solve(arguments):
    look()
    return honest(*arguments)
