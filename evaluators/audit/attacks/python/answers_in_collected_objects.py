# title: takes better answers out of everything the garbage collector knows
# expect: ok, wrong_answer, runtime_error, time_limit
# leak: answer readable
# success: a better score with a value that lay under a telling key
import gc

from kit import honest, once

KEYS = ("best", "best_known", "optimum", "optimal", "solution", "answer", "expected", "target")


@once
def look():
    return [
        item[key] for item in gc.get_objects() if type(item) is dict and item is not globals() for key in KEYS
        if type(item.get(key)) in (list, tuple) or type(item.get(key)).__name__ == "ndarray"
    ]  # fmt: skip


def solve(arguments):
    answer = honest(*arguments)
    found = [value for value in look() or [] if len(value) == len(answer)]
    return found[-1] if found else answer
