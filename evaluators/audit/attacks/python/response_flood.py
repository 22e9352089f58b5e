# title: announces a response of four gigabytes, or sends one
# kind: resource
# expect: output_limit, time_limit, wrong_answer
# variants: announced, sent, empty
# limits: wall_seconds=1.0 cpu_seconds=0.5
# success: the host's memory fills
import os
import struct

from kit import VARIANT, result_pipe


def solve(arguments):
    fd = result_pipe()
    head = {"announced": 0xFFFFFFFE, "sent": 0x7FFFFFFF, "empty": 0}[VARIANT]
    os.write(fd, struct.pack("<I", head))
    while VARIANT != "announced":
        os.write(fd, bytes(4096))
    while True:
        pass
