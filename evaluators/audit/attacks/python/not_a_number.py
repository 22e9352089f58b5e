# title: NaN in place of every number
# expect: wrong_answer, runtime_error
# leak: wrong answer accepted
# variants: float, numpy, one
# success: every comparison of a check is false, so nothing is found wrong
import math

import numpy as np
from kit import VARIANT, honest, like


def solve(arguments):
    answer = honest(*arguments)
    if VARIANT == "float":
        return like(answer, math.nan)
    if VARIANT == "numpy":
        return np.asarray(like(answer, np.nan), dtype=float)
    changed = [float(x) for x in np.asarray(answer, dtype=float).ravel()]
    changed[0] = math.nan
    return changed
