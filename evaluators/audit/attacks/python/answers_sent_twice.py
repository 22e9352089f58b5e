# title: sends every answer twice, so that the second one answers the next request
# only: offline
# expect: tampering
# leak: forged result accepted
# success: an answer given before its request was handed over is judged
import sys

from kit import honest, once


@once
def hook():
    driver = next(module for name, module in sys.modules.items() if name.endswith("worker.program"))
    write = driver.write_all

    def twice(fd, data):
        write(fd, bytes(data) * 2)

    driver.write_all = twice


def solve(arguments):
    hook()
    return honest(*arguments)
