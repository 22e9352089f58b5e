# title: takes up what the kernel counts for the whole host or user, not for the job
# kind: escape
# expect: ok
# leak: kernel interface reachable
# success: asynchronous contexts or watches, of which other programs then find none left
import ctypes

from kit import LIBC, attempt, honest, once


@once
def reach():
    context = ctypes.c_ulong(0)
    attempt("io_setup", lambda: LIBC.syscall(206, 60_000, ctypes.byref(context)))
    attempt("inotify_init", lambda: LIBC.syscall(253))
    attempt("inotify_init1", lambda: LIBC.syscall(294, 0))


def solve(arguments):
    reach()
    return honest(*arguments)
