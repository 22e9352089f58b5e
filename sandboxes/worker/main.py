"""The supervisor: starts the zygote, then runs one job after another as the host asks.

Messages begin with a word. From the host: ``job`` (with a header in JSON, a setup, and the requests), and ``go`` or
``stop`` from its gate. To the host: ``hello``, ``response``, ``end``, ``failed``.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER
from typing import Any

from . import counters, syscalls, zygote
from .children import ConfinementError, Slot
from .framing import FAILED, HELLO, JOB, frame, read_frame, split, write_all
from .report import report
from .supervise import HOST_IN, HOST_OUT, Supervision


def main() -> None:
    """Serve the host on stdin and stdout until it closes them. ``sys.argv[1]`` is the configuration in JSON.

    Its keys: ``preload`` (modules), ``uids`` (two user ids or null), ``cgroup`` (controller -> folder seen from here).
    """
    config = json.loads(sys.argv[1])
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    syscalls.mount(None, b"/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    slot = _open_slot(config)
    syscalls.return_freed_memory()  # what it kept would be missing from the candidates' share
    gc.freeze()
    counted = sorted(config["cgroup"])
    hello = {
        "pid": os.getpid(), "base_tasks": slot.base_tasks, "python": sys.version.split()[0], "counted": counted,
        "bytecode": MAGIC_NUMBER.hex(),
    }  # fmt: skip
    write_all(HOST_OUT, frame(HELLO, json.dumps(hello).encode()))
    kept: dict[int, bytes] = {}
    while _serve_one(slot, kept):
        pass


def _serve_one(slot: Slot, kept: dict[int, bytes]) -> bool:
    """Run the next job; False once the host has closed the slot.

    Returns with nothing of the job left in memory but requests the host wants ``kept``, by the number it gave them.
    """
    try:
        word, *fields = split(read_frame(HOST_IN))
    except EOFError:
        return False
    if word != JOB:
        return True  # the gate's answer for a job that meanwhile ended by itself
    header = json.loads(fields.pop(0))
    _keep(kept, header, fields)
    try:
        job = Supervision(slot, header, fields)
        job.run()
        message = report(job)
    except ConfinementError as failure:
        message = frame(FAILED, str(failure).encode())
        write_all(HOST_OUT, message)
        return True
    write_all(HOST_OUT, message)
    if job.native is not None:
        job.native.send_shared(HOST_OUT)
    return True


def _keep(kept: dict[int, bytes], header: Mapping[str, Any], fields: list[bytes]) -> None:
    """Put the requests that are here already into ``fields``, and keep those that are to be here the next time."""
    for number in header["forget"]:
        del kept[number]
    first = len(fields) - header["requests"]
    for position, number in header["kept"]:
        fields[first + position] = kept.setdefault(number, fields[first + position])


def _open_slot(config: dict[str, Any]) -> Slot:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        zygote.serve(theirs, config["preload"])
    theirs.close()
    if ours.recv(zygote.MAX_MESSAGE) != zygote.READY:
        sys.exit("the zygote did not start")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folders = config["cgroup"]
    cgroup = counters.CgroupCounters(folders)
    return Slot(
        orders=ours,
        zygote_pid=pid,
        cgroup=cgroup,
        known=frozenset({1, os.getpid(), pid}),
        uids=tuple(config["uids"]) if config["uids"] else None,
        limit_memory="memory" not in folders,
        limit_processes="pids" not in folders and (bool(config["uids"]) or counters.kernel_version() >= (5, 14)),
        base_tasks=cgroup.tasks() or 0,
        shared_pages=counters.private_pages(pid),
        address_space=counters.address_space_bytes(pid),
    )
