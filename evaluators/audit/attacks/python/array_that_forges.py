# title: an object that makes itself an array of another answer each time
# expect: ok, wrong_answer, runtime_error
# leak: forged result accepted
# success: what was checked is not what counts
import numpy as np
from kit import honest


class Chameleon:
    def __init__(self, answer):
        self.answer, self.looks = np.asarray(answer), 0

    def __array__(self, dtype=None, copy=None):
        self.looks += 1
        return self.answer if self.looks == 1 else self.answer * 0

    def __len__(self):
        return len(self.answer)

    def __iter__(self):
        self.looks += 1
        return iter((self.answer if self.looks == 1 else self.answer * 0).tolist())


def solve(arguments):
    return Chameleon(honest(*arguments))
