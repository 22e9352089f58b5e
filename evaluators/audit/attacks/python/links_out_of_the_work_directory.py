# title: leaves links out of its work directory
# kind: escape
# expect: ok
# repeat: 2
# leak: write outside the work directory
# success: something is read or removed through them
import os

from kit import attempt, honest, once


@once
def reach():
    for k, target in enumerate(("/", "/proc/1/root", "/etc/shadow", "/trusted", "/root", "../../../..", "/dev")):
        os.symlink(target, f"/w/{k}")
    attempt("shadow", lambda: open("/w/2").close())
    attempt("worker", lambda: open("/w/3/worker/main.py", "ab").close())
    attempt("root", lambda: len(os.listdir("/w/4")) or -1)
    attempt("hard link", lambda: os.link("/usr/bin/true", "/w/true"))
    attempt("above", lambda: open("/w/5/x", "w").close())


def solve(arguments):
    reach()
    return honest(*arguments)
