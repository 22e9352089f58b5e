# title: linear algebra, Fourier transforms and sorting
# kind: honest
# expect: ok
import numpy as np
from kit import honest, once


@once
def work():
    matrix = np.arange(400.0).reshape(20, 20) + np.eye(20) * 99
    return (
        np.linalg.solve(matrix, np.ones(20)),
        np.fft.rfft(matrix[0]),
        np.linalg.svd(matrix),
        np.sort(matrix, axis=None),
    )


def solve(arguments):
    work()
    return honest(*arguments)
