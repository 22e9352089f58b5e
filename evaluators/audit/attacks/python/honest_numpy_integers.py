# title: numbers of numpy's own types in a list
# kind: honest
# expect: ok
import numpy as np
from kit import honest


def solve(arguments):
    return list(np.asarray(honest(*arguments)))
