"""The process that is copied for every job: packages imported, memory frozen, and never a byte of any job."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
from typing import NoReturn

from . import confine, native, program, syscalls

_NAMESPACES = syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC
MAX_MESSAGE = 1024
_MAX_DESCRIPTORS = 8
_AHEAD = ("base64", "importlib.util", "json", "runpy", "tempfile", "threading")
"""Of the standard library, what programs beside a candidate use: to import it anew costs each job up to 10 ms."""
READY = b"ready"
CONFINED = b"confined"
PING = b"?"


def serve(orders: socket.socket, preload: list[str]) -> NoReturn:
    """Import ``preload``, then make one child an order until the supervisor goes away.

    An order is a packed :class:`confine.Walls`; its descriptors are the child's pipes. The replies are the pid from
    here, and ``CONFINED`` with a descriptor of the work directory from the child itself. ``PING`` is answered by
    ``READY``.
    """
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _keep_only_standard_descriptors(orders.fileno())
    for name in (*_AHEAD, *preload):
        importlib.import_module(name)
    confine.prepare()
    syscalls.keep_freed_memory()
    # Reference counting and collection would write to, and so copy, every page a child shares with us.
    gc.collect()
    gc.freeze()
    gc.disable()
    orders.send(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, MAX_MESSAGE, _MAX_DESCRIPTORS)
        if not message:
            os._exit(0)
        if message == PING:
            orders.send(READY)
            continue
        try:
            pid = syscalls.clone(_NAMESPACES | syscalls.CLONE_PARENT)
            reply = b"%d" % pid
        except OSError as failure:
            pid, reply = -1, f"could not fork: {failure}".encode()
        if pid == 0:
            _become_child(orders, message, descriptors)
        for fd in descriptors:
            os.close(fd)
        orders.send(reply)


def _become_child(orders: socket.socket, order: bytes, descriptors: list[int]) -> NoReturn:
    try:
        walls = confine.Walls.unpack(order)
        out, err, *pipes = descriptors
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        work = confine.enter_namespaces(walls)
        confine.give_up_rights(walls)
        orders.sendmsg([CONFINED], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, work.to_bytes(4, "little"))])
        os.close(work)
        orders.close()
        gc.enable()
    except BaseException as failure:
        orders.send(f"could not confine a child: {failure}".encode()[:MAX_MESSAGE])
        os._exit(program.EXIT_EXCEPTION)
    if walls.native:
        native.run(*pipes)
    if walls.simulator:
        program.run_simulator(*pipes)
    program.run_candidate(*pipes)


def _keep_only_standard_descriptors(orders: int) -> None:
    """The supervisor's pipes to the host were inherited; a child must never hold them."""
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd > 2 and fd != orders:
            try:
                os.close(fd)
            except OSError:
                continue  # the descriptor of the listing itself
    sys.stdin = None
