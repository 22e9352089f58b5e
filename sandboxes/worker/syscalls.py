"""The few system calls that Python's library lacks, by way of libc.

``PyDLL`` rather than ``CDLL``: the interpreter's lock must stay held across ``clone``, or the copy could never take it.
"""

from __future__ import annotations

import ctypes
import os
import signal

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWUSER = 0x10000000
CLONE_PARENT = 0x00008000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 0x1000, 0x4000, 0x40000
_MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2

_ADDR_NO_RANDOMIZE = 0x0040000
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_SYS_CLONE, _SYS_PIVOT_ROOT = 56, 155  # x86-64
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.PyDLL(None, use_errno=True)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def clone(flags: int) -> int:
    """Copy this process like ``fork`` but with ``flags``: 0 in the copy, its pid in the original.

    None of Python's after-fork hooks run; the caller must be single-threaded.
    """
    return _check(_libc.syscall(_SYS_CLONE, flags | signal.SIGCHLD, 0, 0, 0, 0), "clone")


def mount(source: bytes | None, target: bytes, kind: bytes | None, flags: int, options: bytes = b"") -> None:
    """Mount a file system, or change how one is mounted."""
    _check(_libc.mount(source, target, kind, flags, options), f"mount {target.decode()}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces."""
    _check(_libc.unshare(flags), "unshare")


def pivot_root(new: bytes, old: bytes) -> None:
    """Make the mount ``new`` the root, with the former root at ``old``."""
    _check(_libc.syscall(_SYS_PIVOT_ROOT, new, old), "pivot_root")


def detach(target: bytes) -> None:
    """Unmount ``target`` and all below it as soon as nobody uses it."""
    _check(_libc.umount2(target, _MNT_DETACH), f"umount {target.decode()}")


def prctl(option: int, value: int, pointer: object = 0) -> None:
    """Change a property of this process."""
    _check(_libc.prctl(option, value, pointer, 0, 0), f"prctl {option}")


def stop_address_randomisation() -> None:
    """Lay out the memory of every program executed from now on in the same way."""
    _check(_libc.personality(_ADDR_NO_RANDOMIZE), "personality")


def return_freed_memory() -> None:
    """Have the C library give big blocks back to the kernel when freed, however often they were needed before."""
    _check(_libc.mallopt(_M_MMAP_THRESHOLD, 1 << 17) - 1, "mallopt")


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for what comes next: to get every array anew costs a page fault a page."""
    for parameter, size in ((_M_TRIM_THRESHOLD, 1 << 28), (_M_MMAP_THRESHOLD, 1 << 25), (_M_TOP_PAD, 1 << 20)):
        _check(_libc.mallopt(parameter, size) - 1, "mallopt")


def drop_all_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets of this thread."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()), "capset")
