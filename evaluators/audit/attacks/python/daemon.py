# title: leaves a daemon
# kind: resource
# expect: ok
# leak: something left behind
# variants: silent, holding
# success: it lives when the job is over
import os
import time

from kit import VARIANT, honest, once


@once
def start():
    ready, go = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(go, b"x")
            if VARIANT == "silent":
                os.closerange(0, 64)
            while True:
                time.sleep(1000)
        os._exit(0)
    os.read(ready, 1)
    os.wait()


def solve(arguments):
    start()
    return honest(*arguments)
