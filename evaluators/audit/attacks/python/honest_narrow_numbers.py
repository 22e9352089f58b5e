# title: answers in narrow number types where numbers are small
# kind: honest
# expect: ok
import numpy as np
from kit import honest


def solve(arguments):
    answer = np.asarray(honest(*arguments))
    narrow = answer.astype(np.float32 if answer.dtype.kind == "f" else np.int16)
    return narrow if (narrow == answer).all() else answer
