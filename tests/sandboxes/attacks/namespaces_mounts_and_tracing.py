# namespaces mounts and tracing
# ends: finished
import ctypes
import os

from attempt import attempt

libc = ctypes.CDLL(None, use_errno=True)


def solve(r):
    for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000):
        attempt("unshare", lambda: libc.unshare(flag))
        attempt("clone", lambda: libc.syscall(56, flag | 17, 0, 0, 0, 0))
    attempt("mount", lambda: libc.mount(b"tmpfs", b"/w", b"tmpfs", 0, b""))
    attempt("umount", lambda: libc.umount2(b"/proc", 2))
    attempt("chroot", lambda: libc.chroot(b"/w"))
    attempt("ptrace", lambda: libc.ptrace(0, 0, 0, 0))
    attempt("process_vm_readv", lambda: libc.syscall(310, os.getpid(), 0, 0, 0, 0, 0))
    attempt("setuid", lambda: libc.setresuid(0, 0, 0) if os.getuid() else -1)
    attempt("bpf", lambda: libc.syscall(321, 0, 0, 0))
    attempt("io_uring", lambda: libc.syscall(425, 1, 0))
    attempt("perf", lambda: libc.syscall(298, 0, 0, 0, 0, 0))
    attempt("keyctl", lambda: libc.syscall(250, 0, -3, 1))
    attempt("shmget", lambda: libc.shmget(0, 4096, 0o1666))
    attempt("memfd", lambda: libc.memfd_create(b"m", 0))
    attempt("msgget", lambda: libc.msgget(1, 0o1666))
    attempt("clone3", lambda: libc.syscall(435, 0, 0))
    return r
