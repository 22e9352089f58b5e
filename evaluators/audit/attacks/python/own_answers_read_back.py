# title: opens the other ends of its pipes
# expect: ok, time_limit, runtime_error, wrong_answer
# leak: forged result accepted
# success: a better score, because requests or answers can be changed on their way
# limits: wall_seconds=1.0
import os

from kit import honest, once, result_pipe


@once
def steal():
    try:
        reading = os.open(f"/proc/self/fd/{result_pipe()}", os.O_RDONLY | os.O_NONBLOCK)
        os.read(reading, 1 << 16)
    except OSError:
        return


def solve(arguments):
    steal()
    return honest(*arguments)
