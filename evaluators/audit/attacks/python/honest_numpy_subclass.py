# title: answers with a numpy subclass in good faith
# kind: honest
# expect: ok
import numpy as np
from kit import honest


class Tagged(np.ndarray):
    tag = "order"


def solve(arguments):
    return np.asarray(honest(*arguments)).view(Tagged)
