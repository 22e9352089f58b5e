# title: numpy in its process gives what it likes
# expect: ok, wrong_answer, runtime_error
# leak: forged result accepted
# variants: argmin, asarray, isnan
# success: a better score with a numpy that lies to the harness
import numpy as np
from kit import VARIANT, honest

_asarray = np.asarray


def solve(arguments):
    answer = honest(*arguments)
    if VARIANT == "argmin":
        np.argmin = np.argmax
    elif VARIANT == "asarray":
        np.asarray = lambda value, *a, **k: _asarray(value, *a, **k) * 0
    else:
        np.isnan = lambda value: _asarray(value) != value
        answer = _asarray(answer, float) * np.nan
    return answer
