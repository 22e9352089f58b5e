"""From a container, however its engine furnished it, into the same narrow view that bubblewrap gives the worker.

An engine adds what a candidate has no business with: host names, resolver settings, ``/sys``, message queues,
terminals. So a new root is built of the few folders that are wanted, and the container's own is let go. Before that
the worker leaves its container's rights behind: it enters a user namespace of its own, in which it may mount and change
user ids, while outside it is nobody.
"""

from __future__ import annotations

import json
import os
import sys
import zlib

from . import syscalls

_NEW_ROOT = "/w"  # an empty folder that every image has; the new root has one at the same place for the jobs
_CGROUPS = "/sys/fs/cgroup"
_VERSION_1 = {"memory": "memory", "pids": "pids", "cpu": "cpuacct"}
_ALL_IDS = 0xFFFFFFFF
_FEW_IDS = (60000, 5000)  # what an engine that maps ids itself surely has: first, how many


def main() -> None:
    """Enter, then become the worker. ``sys.argv[1]`` is the configuration in JSON.

    Its keys: ``mark`` (names the worker the host expects), ``first_id`` (first of three ids outside for 0, 1 and 2
    inside; null to stay in the container's user namespace), ``keep`` (paths the new root has), ``command`` and
    ``worker`` (the worker's, and its configuration).
    """
    config = json.loads(sys.argv[1])
    if _mark() != config["mark"]:
        sys.exit("the image holds another version of the worker; build it again")
    if config["first_id"] is not None:
        enter_user_namespace(config["first_id"])
    worker = config["worker"] | {"cgroup": change_root(config["keep"])}
    os.execv(config["command"][0], [*config["command"], json.dumps(worker)])


def _mark() -> str:
    """Names this version of the worker, as ``docker_image.worker_mark`` does on the host."""
    here, mark = os.path.dirname(__file__), 0
    for name in sorted(os.listdir(here)):
        if name.endswith(".py"):
            with open(os.path.join(here, name), "rb") as source:
                mark = zlib.crc32(source.read(), mark)
    return f"{mark:08x}"


def enter_user_namespace(first: int) -> None:
    """Be user 0 of new user and mount namespaces, whose users 0, 1, 2 are ``first``, ``first + 1``, ... outside."""
    with open("/proc/self/uid_map") as mapped:
        if int(mapped.read().split()[2]) != _ALL_IDS:
            first = _FEW_IDS[0] + first % _FEW_IDS[1]
    reading, writing = os.pipe()
    worker, helper = os.getpid(), os.fork()
    if helper == 0:  # only a process that is still outside may map several ids
        os.close(writing)
        status = 1
        try:
            if os.read(reading, 1):
                for kind in ("uid", "gid"):
                    with open(f"/proc/{worker}/{kind}_map", "w") as ids:
                        ids.write(f"0 {first} 3\n")
                status = 0
        finally:
            os._exit(status)
    syscalls.unshare(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS)
    os.write(writing, b"1")
    os.close(writing)
    os.close(reading)
    if os.waitpid(helper, 0)[1] != 0:
        raise PermissionError("the container may not map user ids")
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def change_root(keep: list[str]) -> dict[str, str]:
    """Make a new read-only root of what is there under the paths ``keep``, and the container's cgroup.

    Returns:
        Controller -> folder of the container's cgroup.
    """
    syscalls.mount(None, b"/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount(b"tmpfs", _NEW_ROOT.encode(), b"tmpfs", syscalls.MS_NOSUID, b"size=64k,mode=755")
    for path in keep:
        _take(path, path)
    _take("/proc", "/proc")
    os.mkdir(_NEW_ROOT + _NEW_ROOT)
    os.mkdir(f"{_NEW_ROOT}/cgroup", 0o700)  # for the worker: counters outlive a job, and could carry its messages
    folders = {}
    for controller, found in _controllers().items():
        folders[controller] = f"/cgroup/{controller}"
        _take(found, folders[controller])
    os.chdir(_NEW_ROOT)
    syscalls.pivot_root(b".", b".")
    syscalls.detach(b".")
    os.chdir("/")
    syscalls.mount(None, b"/", None, syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | syscalls.MS_NOSUID)
    return folders


def _take(path: str, inside: str) -> None:
    target = _NEW_ROOT + inside
    if not os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.mkdir(target)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    syscalls.mount(path.encode(), target.encode(), None, syscalls.MS_BIND | syscalls.MS_REC)


def _controllers() -> dict[str, str]:
    if os.path.exists(f"{_CGROUPS}/cgroup.controllers"):
        with open(f"{_CGROUPS}/cgroup.controllers") as there:
            return {name: _CGROUPS for name in ("cpu", *there.read().split()) if name in _VERSION_1}
    folders = {name: os.path.realpath(f"{_CGROUPS}/{folder}") for name, folder in _VERSION_1.items()}
    return {name: folder for name, folder in folders.items() if os.path.isdir(folder)}
