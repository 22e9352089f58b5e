# title: traces the harness and changes its variables as it goes
# expect: ok, wrong_answer, runtime_error, time_limit
# leak: forged result accepted
# success: a better score with the harness's own variables changed
import ctypes
import sys

from kit import honest, once, outer_frames


def trace(frame, event, argument):
    for name in ("objective", "score", "seconds", "elapsed", "total"):
        if name in frame.f_locals:
            frame.f_locals[name] = 0
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return trace


@once
def hook():
    sys.settrace(trace)
    for frame in outer_frames():
        frame.f_trace = trace


def solve(arguments):
    hook()
    return honest(*arguments)
