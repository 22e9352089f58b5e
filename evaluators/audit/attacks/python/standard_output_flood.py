# title: prints without end
# kind: resource
# expect: output_limit
# success: the host keeps all of it
import os


def solve(arguments):
    while True:
        os.write(1, b"x" * 65536)
