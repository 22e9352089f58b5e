# core dump
# ends: signalled

import ctypes


def solve(r):
    ctypes.string_at(0)
