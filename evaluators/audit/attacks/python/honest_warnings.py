# title: warns, and divides by zero on the way
# kind: honest
# expect: ok
import warnings

import numpy as np
from kit import honest


def solve(arguments):
    warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    warnings.warn("look here", UserWarning, stacklevel=1)
    with np.errstate(all="ignore"):
        np.ones(3) / np.zeros(3)
    return honest(*arguments)
