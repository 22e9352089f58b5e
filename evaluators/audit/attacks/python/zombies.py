# title: leaves dead children nobody waits for
# kind: resource
# expect: process_limit
# success: the table of processes fills
import os


def solve(arguments):
    while True:
        if os.fork() == 0:
            os._exit(0)
