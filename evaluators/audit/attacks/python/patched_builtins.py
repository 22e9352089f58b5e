# title: sorted, len, min, max, sum and abs lie to whoever else uses them
# expect: ok, wrong_answer, runtime_error, time_limit
# leak: forged result accepted
# success: a better score, because a check beside the candidate asked a lying function
import builtins

from kit import honest, like


def solve(arguments):
    answer = like(honest(*arguments), 0)
    builtins.sorted = lambda items, **k: list(range(len(list(items))))
    builtins.set = frozenset
    builtins.all = builtins.any = lambda items: True
    builtins.sum = lambda items, *a: 0
    builtins.abs = lambda value: 0
    return answer
