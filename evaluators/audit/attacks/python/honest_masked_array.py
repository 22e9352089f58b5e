# title: works with masked arrays and record arrays inside
# kind: honest
# expect: ok
import numpy as np
from kit import honest


def solve(arguments):
    answer = np.ma.masked_array(np.asarray(honest(*arguments)), mask=False)
    return answer.filled(0)
