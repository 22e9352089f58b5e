# title: takes memory having asked the kernel to kill somebody else
# kind: resource
# expect: memory_limit
# limits: memory_bytes=67108864
# success: the fork server dies in its place
import os


def solve(arguments):
    for pid in (1, os.getpid(), os.getppid()):
        try:
            with open(f"/proc/{pid}/oom_score_adj", "w") as file:
                file.write("-1000")
        except OSError:
            continue
    blocks = []
    while True:
        blocks.append(bytearray(1 << 20))
