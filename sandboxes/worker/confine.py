"""Walls around one child, put up by the child itself before it is handed anything of the job."""

from __future__ import annotations

import contextlib
import os
import resource
import struct
from typing import NamedTuple

from . import seccomp, syscalls

WORK = "/w"
_STACK_BYTES = 64 << 20
_QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


NONE = -1


class Walls(NamedTuple):
    """What one child is allowed; ``NONE`` where a cgroup or nothing does it.

    Packed into nine numbers on its way to the zygote: parsing anything richer would cost every child more than all
    its walls together.

    Attributes:
        simulator: 1 for the trusted process, 0 for the candidate's.
        uid: own user id; ``NONE`` where only one id is mapped (unprivileged).
        cpu_seconds: hard limit of each process, a backstop behind the supervisor's account of all of them.
        open_files: descriptors.
        disk_bytes: size of the work directory and of a file.
        inodes: in the work directory.
        processes: RLIMIT_NPROC.
        address_space: RLIMIT_AS, bytes.
        native: 1 for a compiled program, 0 for Python.
    """

    simulator: int
    uid: int
    cpu_seconds: int
    open_files: int
    disk_bytes: int
    inodes: int
    processes: int
    address_space: int
    native: int

    def pack(self) -> bytes:
        """As an order to the zygote."""
        return _ORDER.pack(*self)

    @classmethod
    def unpack(cls, order: bytes) -> Walls:
        """From an order to the zygote."""
        return cls(*_ORDER.unpack(order))


_ORDER = struct.Struct("<9q")


def prepare() -> None:
    """The part of the walls that is the same for every child; done once, in the zygote."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_STACK, _STACK_BYTES),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 256),
    ):
        hard = resource.getrlimit(limit)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(limit, (value, value))
    # ThreadSanitizer's fixed address map does not stand the randomisation of newer kernels.
    with contextlib.suppress(OSError):  # an engine's own filter may refuse it
        syscalls.stop_address_randomisation()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.ZYGOTE.install()


def enter_namespaces(walls: Walls) -> int:
    """Give this process, alone in new pid and mount namespaces, its own /proc and work directory.

    Returns:
        A descriptor of the work directory, by which the supervisor can later ask whether it was full.
    """
    _prefer_for_oom(500 if walls.simulator else 1000)
    options = f"size={walls.disk_bytes},nr_inodes={walls.inodes},mode=700"
    if walls.uid != NONE:
        options += f",uid={walls.uid},gid={walls.uid}"
    syscalls.mount(b"proc", b"/proc", b"proc", _QUIET | syscalls.MS_RDONLY, b"subset=pid")
    syscalls.mount(b"tmpfs", WORK.encode(), b"tmpfs", _QUIET, options.encode())
    os.chdir(WORK)
    return os.open(".", os.O_RDONLY | os.O_DIRECTORY)


def give_up_rights(walls: Walls) -> None:
    """Limits, identity, capabilities, system calls, in the only order in which each is still possible."""
    os.setsid()
    for limit, value in (
        (resource.RLIMIT_CPU, walls.cpu_seconds),
        (resource.RLIMIT_NOFILE, walls.open_files),
        (resource.RLIMIT_FSIZE, walls.disk_bytes),
        (resource.RLIMIT_NPROC, walls.processes),
        (resource.RLIMIT_AS, walls.address_space),
    ):
        if value != NONE:
            resource.setrlimit(limit, (value, value))
    if walls.uid != NONE:
        os.setgroups([])
        os.setresgid(walls.uid, walls.uid, walls.uid)
        os.setresuid(walls.uid, walls.uid, walls.uid)
    syscalls.drop_all_capabilities()
    (seccomp.COMPILED if walls.native else seccomp.INTERPRETED).install()


def _prefer_for_oom(eagerness: int) -> None:
    """When the slot's memory is exhausted, the kernel must take the candidate, then its simulator, never us."""
    fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(fd, b"%d" % eagerness)
    os.close(fd)
