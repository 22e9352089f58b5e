# title: answers the simulator with a giant
# only: online
# expect: output_limit, wrong_answer, time_limit
# leak: hostile answer breaks the judge
# variants: announced, sent, silent
# limits: wall_seconds=1.0
# success: the simulator fails, and its failure is called one of ours
import os
import struct
import time

from kit import VARIANT, result_pipe, send


def solve(arguments):
    if VARIANT == "announced":
        os.write(result_pipe(), struct.pack("<I", 0xFFFFFFF0))
    elif VARIANT == "sent":
        for _ in range(32):
            send(b"\x00" * (1 << 20))
    time.sleep(60)
