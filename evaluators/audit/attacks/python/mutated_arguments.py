# title: changes what it was given, after deciding
# expect: ok, wrong_answer, runtime_error
# leak: input mutation visible
# variants: zero, negative, shorter
# success: a better score, because its change reaches whoever judges
import numpy as np
from kit import VARIANT, honest


def change(value):
    if isinstance(value, np.ndarray):
        try:
            value.flags.writeable = True
        except ValueError:
            if value.base is not None:
                change(value.base)
            return
        value[...] = 0 if VARIANT == "zero" else -1000
    elif isinstance(value, list):
        if VARIANT == "shorter":
            del value[1:]
        else:
            value[:] = [0 if VARIANT == "zero" else -1000] * len(value)
    elif isinstance(value, dict):
        for key in value:
            value[key] = 0


def solve(arguments):
    answer = honest(*arguments)
    for argument in arguments:
        change(argument)
    return answer
