# title: chance from a generator of its own with a fixed seed
# kind: honest
# expect: ok
# stage: audit
import random

import numpy as np
from kit import honest


def solve(arguments):
    random.Random(7).shuffle(list(range(20)))
    np.random.default_rng(7).permutation(20)
    return honest(*arguments)
