# title: many processes that each take a little
# kind: resource
# expect: memory_limit
# limits: memory_bytes=100663296
# success: each is below the limit, all together are not
import os
import time


def solve(arguments):
    for _ in range(8):
        if os.fork() == 0:
            break
    block = b"x" * (24 << 20)
    time.sleep(30)
    return block
