# title: takes memory in a grandchild while the first process sleeps
# kind: resource
# expect: memory_limit
# limits: memory_bytes=67108864
# success: only the first process is measured
import os
import time


def solve(arguments):
    if os.fork() == 0 and os.fork() == 0:
        blocks = []
        while True:
            blocks.append(bytearray(1 << 20))
    time.sleep(30)
