# title: becomes somebody else
# kind: escape
# expect: ok
# leak: kernel interface reachable
# success: another user id, or a capability
import ctypes
import os

from kit import LIBC, attempt, honest, once


@once
def reach():
    if os.getuid():
        attempt("setuid", lambda: LIBC.setresuid(0, 0, 0))
        attempt("setgid", lambda: LIBC.setresgid(0, 0, 0))
        attempt("fsuid", lambda: -1 if LIBC.setfsuid(0) == os.getuid() == LIBC.setfsuid(-1) else 1)
    attempt("groups", lambda: os.setgroups([0]))
    header, full = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xFFFFFFFF] * 6)
    attempt("capset", lambda: LIBC.capset(header, full))
    attempt("ambient", lambda: LIBC.prctl(47, 2, 21, 0, 0))
    attempt("privileges", lambda: -LIBC.prctl(39, 0, 0, 0, 0))
    attempt("hostname", lambda: LIBC.sethostname(b"x", 1))
    attempt("clock", lambda: LIBC.settimeofday((ctypes.c_long * 2)(1, 1), None))


def solve(arguments):
    reach()
    return honest(*arguments)
