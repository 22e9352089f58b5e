# title: makes and opens devices
# kind: escape
# expect: ok
# leak: kernel interface reachable
# success: a device of the host
import os
import stat

from kit import attempt, honest, once


@once
def reach():
    for kind, device in (
        (stat.S_IFCHR, os.makedev(1, 1)),
        (stat.S_IFBLK, os.makedev(8, 0)),
        (stat.S_IFCHR, os.makedev(10, 229)),
    ):
        attempt("mknod", lambda: os.mknod("/w/device", 0o600 | kind, device))
    for name in (
        "mem",
        "kmem",
        "port",
        "sda",
        "vda",
        "kvm",
        "fuse",
        "net/tun",
        "loop0",
        "loop-control",
        "mapper/control",
        "tty",
        "ptmx",
        "console",
        "shm/x",
    ):
        attempt(f"open {name}", lambda: os.close(os.open(f"/dev/{name}", os.O_RDWR | os.O_NONBLOCK)))


def solve(arguments):
    reach()
    return honest(*arguments)
