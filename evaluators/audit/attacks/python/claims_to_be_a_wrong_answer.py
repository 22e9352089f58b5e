# title: pretends that the harness, or the kernel, refused it
# expect: runtime_error, wrong_answer, memory_limit
# leak: exception scored as success
# variants: stderr, cause
# success: a failure it makes up is held against somebody else
import os
import struct
import sys

from kit import VARIANT, result_pipe


def solve(arguments):
    if VARIANT == "stderr":
        os.write(2, b"WrongAnswer: not my fault\n")
    else:
        os.write(result_pipe(), struct.pack("<I", 0xFFFFFFFF) + b"m")
    sys.exit(3)
