# title: a numpy array whose methods lie
# expect: ok, wrong_answer, runtime_error
# leak: forged result accepted
# success: a better score, because the harness asked the array itself
import numpy as np
from kit import honest


class Liar(np.ndarray):
    def argmin(self, *a, **k):
        return 0

    def tolist(self):
        return [0]

    def astype(self, *a, **k):
        return np.zeros(self.shape, *a)

    def tobytes(self, *a, **k):
        return b"\x00" * self.nbytes

    def __array_finalize__(self, source):
        return None

    def __array_ufunc__(self, *a, **k):
        return True

    def __array_function__(self, *a, **k):
        return True


def solve(arguments):
    return np.asarray(honest(*arguments)).view(Liar)
