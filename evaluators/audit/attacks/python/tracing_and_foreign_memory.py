# title: traces processes and reads their memory
# kind: escape
# expect: ok
# leak: other processes reachable
# success: another process is read or traced
import os

from kit import LIBC, attempt, honest, once


@once
def reach():
    others = {1, 2, 3, os.getppid()} - {os.getpid(), 0}
    attempt("traceme", lambda: LIBC.ptrace(0, 0, 0, 0))
    for pid in others:
        attempt(f"attach {pid}", lambda: LIBC.ptrace(16, pid, 0, 0))
        attempt(f"seize {pid}", lambda: LIBC.ptrace(0x4206, pid, 0, 0))
        attempt(f"memory {pid}", lambda: open(f"/proc/{pid}/mem", "rb").close())
        attempt(f"environment {pid}", lambda: len(open(f"/proc/{pid}/environ", "rb").read()) or -1)
        attempt(f"root {pid}", lambda: len(os.listdir(f"/proc/{pid}/root")) or -1)
    attempt("readv", lambda: LIBC.syscall(310, os.getpid(), 0, 0, 0, 0, 0))
    attempt("writev", lambda: LIBC.syscall(311, os.getpid(), 0, 0, 0, 0, 0))
    attempt("kcmp", lambda: LIBC.syscall(312, os.getpid(), os.getpid(), 0, 0, 0))
    attempt("getfd", lambda: LIBC.syscall(438, 0, 0, 0))


def solve(arguments):
    reach()
    return honest(*arguments)
