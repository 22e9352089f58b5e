# title: makes its input look like the answer and returns the input itself
# expect: ok, wrong_answer, runtime_error
# leak: input mutation visible
# success: a better score, because answer and instance are the same object
import numpy as np
from kit import honest


def solve(arguments):
    answer = honest(*arguments)
    for argument in arguments:
        if isinstance(argument, (list, np.ndarray)) and len(argument) == len(answer):
            try:
                if isinstance(argument, np.ndarray):
                    argument.flags.writeable = True
                argument[:] = answer
            except ValueError:
                continue
            return argument
    return answer
