# title: large tables, well below the limit
# kind: honest
# expect: ok
import numpy as np
from kit import honest, once


@once
def fill():
    table = np.ones((1000, 1000))
    return float((table @ table[:, :10]).sum())


def solve(arguments):
    fill()
    return honest(*arguments)
