# title: returns a list at once that a thread fills in later
# expect: ok, wrong_answer, runtime_error, process_limit
# leak: work after the timer
# against: honest_busy
# success: a better score than that of the same work done in the call
import math
import threading

from kit import honest, spin


def solve(arguments):
    answer = list(honest(*arguments))
    right = list(answer)
    answer[:] = [math.nan] * len(answer)  # no answer at all: a mixture of early and late could be a lucky find

    def fill():
        spin(0.002)
        answer[:] = right

    threading.Thread(target=fill, daemon=True).start()
    return answer
