# title: opens pipes without end
# kind: resource
# expect: runtime_error
# success: the host runs out of descriptors
import os


def solve(arguments):
    kept = []
    while True:
        kept.append(os.pipe())
