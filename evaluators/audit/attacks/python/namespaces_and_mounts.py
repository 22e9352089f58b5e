# title: makes namespaces of its own and mounts
# kind: escape
# expect: ok
# leak: kernel interface reachable
# success: it becomes root in a namespace of its own, or changes what is mounted
from kit import LIBC, attempt, honest, once


@once
def reach():
    for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000, 0x4000000, 0x2000000, 0x80):
        attempt(f"unshare {flag:#x}", lambda: LIBC.unshare(flag))
        attempt(f"clone {flag:#x}", lambda: LIBC.syscall(56, flag | 17, 0, 0, 0, 0) if flag != 0x80 else -1)
    attempt("clone3", lambda: LIBC.syscall(435, 0, 0))
    attempt("setns", lambda: LIBC.setns(0, 0))
    attempt("mount", lambda: LIBC.mount(b"tmpfs", b"/w", b"tmpfs", 0, b""))
    attempt("bind", lambda: LIBC.mount(b"/", b"/w", None, 4096, None))
    attempt("remount", lambda: LIBC.mount(None, b"/", None, 32, None))
    attempt("umount", lambda: LIBC.umount2(b"/proc", 2))
    attempt("pivot", lambda: LIBC.syscall(155, b"/w", b"/w"))
    attempt("chroot", lambda: LIBC.chroot(b"/w"))
    for number in (428, 429, 430, 431, 432, 433, 442, 303, 304):
        attempt(f"call {number}", lambda: LIBC.syscall(number, 0, 0, 0, 0, 0, 0))


def solve(arguments):
    reach()
    return honest(*arguments)
