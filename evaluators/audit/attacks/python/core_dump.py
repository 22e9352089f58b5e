# title: crashes with a core dump
# kind: escape
# expect: runtime_error
# leak: write outside the work directory
# variants: null, abort, illegal
# success: a core file, or a program of the host's started by the kernel
import ctypes
import os
import signal

from kit import VARIANT


def solve(arguments):
    if VARIANT == "null":
        ctypes.string_at(0)
    elif VARIANT == "abort":
        os.abort()
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.create_string_buffer(b"\x0f\x0b")))()
