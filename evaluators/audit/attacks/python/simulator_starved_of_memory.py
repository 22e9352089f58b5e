# title: holds the memory in many small processes, so that the kernel might rather end the simulator
# only: online
# kind: resource
# expect: memory_limit
# limits: memory_bytes=134217728 wall_seconds=3.0
# leak: sandbox damaged
# success: the simulator ends instead of it, and its failure is called one of ours
import os


def solve(arguments):
    for _ in range(26):
        if os.fork() == 0:
            break
    os.execv("/usr/bin/dd", ["dd", "if=/dev/zero", "of=/dev/null", "bs=6M"])
