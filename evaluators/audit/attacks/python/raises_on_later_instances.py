# title: answers at first and raises from then on
# expect: runtime_error, wrong_answer
# leak: exception scored as success
# success: only the instances it answered are scored
from kit import honest

_calls = []


def solve(arguments):
    _calls.append(1)
    if len(_calls) > 2:
        raise RuntimeError("too hard")
    return honest(*arguments)
