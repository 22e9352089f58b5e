# title: calls kernel interfaces with a history of holes
# kind: escape
# expect: ok
# leak: kernel interface reachable
# success: a call that no numeric program needs is let through
from kit import LIBC, attempt, honest, once

CALLS = {
    "bpf": (321, 0, 0, 0), "perf_event_open": (298, 0, 0, 0, 0, 0), "userfaultfd": (323, 1), "io_uring_setup": (425, 1, 0),
    "keyctl": (250, 0, -3, 1), "add_key": (248, b"user", b"evolve", b"x", 1, -3), "request_key": (249, b"user", b"x", 0, -3),
    "modify_ldt": (154, 0, 0, 0), "personality": (135, 0x40000), "fanotify_init": (300, 0, 0), "syslog": (103, 3, 0, 0),
    "quotactl": (179, 0, 0, 0, 0), "iopl": (172, 3), "acct": (163, 0), "reboot": (169, 0, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0),
    "init_module": (175, 0, 0, 0), "swapon": (167, b"/w/x", 0), "vhangup": (153,), "memfd_secret": (447, 0),
    "landlock": (444, 0, 0, 0),
}  # fmt: skip


@once
def reach():
    for name, call in CALLS.items():
        attempt(name, lambda: LIBC.syscall(*call))


def solve(arguments):
    reach()
    return honest(*arguments)
