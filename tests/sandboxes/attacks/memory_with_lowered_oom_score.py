# memory with lowered oom score
# ends: memory_limit
# limits: memory_bytes=67108864

import os


def solve(r):
    for p in (1, os.getpid()):
        try:
            open(f"/proc/{p}/oom_score_adj", "w").write("-1000")
        except OSError:
            pass
    x = []
    while True:
        x.append(bytearray(1 << 20))
