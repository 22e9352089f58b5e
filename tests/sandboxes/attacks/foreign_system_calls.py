# foreign system calls
# ends: signalled

import ctypes


def solve(r):
    ctypes.CDLL(None).syscall(0x40000000 | 39)
    return r
