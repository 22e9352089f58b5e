"""The system call filters of a job, assembled here as classic BPF so that no library is needed (x86-64 only).

Everything a numeric Python program needs is allowed; refused is what reaches other processes, the network, mounts,
namespaces, kernel interfaces with a history of holes, memory that escapes the accounts, and objects that would outlive
the job.

There are several filters because installing one costs in proportion to its length: the long one is installed once in
the zygote and inherited; a child adds a short one against what it still needed itself to put up its walls.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Sequence

from . import syscalls

_AUDIT_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_NAMESPACE_FLAGS = 0x7E020000  # every CLONE_NEW* flag of clone(2)
_CLONE_THREAD = 0x00010000
_CLONE, _CLONE3, _MOUNT, _FORK, _VFORK = 56, 435, 165, 57, 58

DENIED = {
    # other processes
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "pidfd_getfd": 438,
    "process_madvise": 440, "move_pages": 279, "migrate_pages": 256,
    # mounts and namespaces
    "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "fsopen": 430,
    "fsconfig": 431, "fsmount": 432, "fspick": 433, "open_tree": 428, "move_mount": 429, "mount_setattr": 442,
    "open_by_handle_at": 304, "name_to_handle_at": 303,
    # network
    "socket": 41,
    # kernel interfaces
    "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "keyctl": 250, "add_key": 248, "request_key": 249, "syslog": 103, "acct": 163,
    "swapon": 167, "swapoff": 168, "reboot": 169, "init_module": 175, "delete_module": 176, "finit_module": 313,
    "kexec_load": 246, "kexec_file_load": 320, "landlock_create_ruleset": 444, "personality": 135, "modify_ldt": 154,
    "quotactl": 179, "fanotify_init": 300, "iopl": 172, "ioperm": 173, "vhangup": 153,
    # memory outside the accounts, objects that outlive the job
    "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "msgget": 68, "semget": 64, "mq_open": 240,
    # counts of the whole host or user: what one job takes, other programs lack
    "io_setup": 206, "inotify_init": 253, "inotify_init1": 294,
    # the scheduler: no job may favour itself
    "sched_setscheduler": 144, "sched_setparam": 142, "sched_setattr": 314,
    "setpriority": 141, "ioprio_set": 251,
}  # fmt: skip
_SCHED_SETAFFINITY = 203

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_FIRST_ARGUMENT = 0, 4, 16


_Instruction = tuple[int, int, int, int]
"""(code, instructions to skip if true, instructions to skip if false, constant)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


class Filter:
    """A filter ready to be installed."""

    def __init__(self, instructions: list[_Instruction]) -> None:
        raw = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
        self._buffer = ctypes.create_string_buffer(raw, len(raw))
        self._program = _Program(len(instructions), ctypes.addressof(self._buffer))
        self._pointer = ctypes.byref(self._program)

    def install(self) -> None:
        """Filter this process and all it will start, for good. No-new-privileges must already be set."""
        syscalls.prctl(syscalls.PR_SET_SECCOMP, syscalls.SECCOMP_MODE_FILTER, self._pointer)


def _refuse(numbers: Sequence[int]) -> list[_Instruction]:
    """Permission denied for each of ``numbers``, everything else allowed; the number is already loaded."""
    last = len(numbers)
    tests = [(_EQUAL, last - k, 0, number) for k, number in enumerate(numbers)]
    return [*tests, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]


ZYGOTE = Filter(
    [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_EQUAL, 1, 0, _AUDIT_ARCH_X86_64),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
        # clone3 hides its flags behind a pointer; "no such call" makes the C library fall back to clone
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        *_refuse(list(DENIED.values())),
    ]
)


def _child(refused: Sequence[int]) -> Filter:
    head = [
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_EQUAL, 0, 3, _CLONE),
        (_LOAD, 0, 0, _OFFSET_FIRST_ARGUMENT),
        (_ANY_BIT, 2 + len(refused), 0, _NAMESPACE_FLAGS),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return Filter([*head, *_refuse(refused)])


INTERPRETED = _child([_MOUNT, _SCHED_SETAFFINITY])
COMPILED = _child([_MOUNT])
"""A pool of threads may part them among the processors; it has no more of them by that, and is alone while timed."""

NATIVE = Filter(
    [
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_EQUAL, 0, 3, _CLONE),
        (_LOAD, 0, 0, _OFFSET_FIRST_ARGUMENT),
        (_ANY_BIT, 3, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        *_refuse([_FORK, _VFORK]),
    ]
)
"""On top for a compiled program: threads but no processes, so that one clock has all its time."""
