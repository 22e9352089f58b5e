# title: makes system calls of another architecture
# kind: escape
# expect: runtime_error
# leak: kernel interface reachable
# success: the filter looks at the wrong numbers
from kit import LIBC, honest, pwned


def solve(arguments):
    LIBC.syscall(0x40000000 | 39)
    pwned("getpid of x32")
    return honest(*arguments)
