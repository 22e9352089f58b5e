# title: hides memory in full pipes
# kind: resource
# expect: memory_limit, runtime_error, ok, process_limit
# limits: memory_bytes=67108864 wall_seconds=2.0
# success: memory of the kernel's is counted for nobody
import fcntl
import os

from kit import honest


def solve(arguments):
    try:
        while True:
            _, writing = os.pipe()
            fcntl.fcntl(writing, 1031, 1 << 20)
            os.set_blocking(writing, False)
            os.write(writing, b"x" * (1 << 20))
    except OSError:
        return honest(*arguments)
