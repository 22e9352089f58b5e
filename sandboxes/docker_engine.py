"""The Docker backend: the worker in hardened warm containers, one a slot.

A container is started once and then runs one job after another; its attached stream is the only way in or out. It has
no network, a read-only root, no capability but to change user ids, and the worker's first act is to leave even that
behind for a user namespace of its own (see ``worker/enter.py``). Where the machine refuses user namespaces (Ubuntu
23.10 or newer does, by AppArmor), the worker keeps the rights to mount and to change user ids in the container, and
every job gives up all of them, as under bubblewrap as root.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from typing import Any

import docker
from docker.errors import DockerException

from sandboxes.cgroups import campaign_name, hierarchies, remove
from sandboxes.docker_container import Container, labels, reap_containers
from sandboxes.docker_image import BUILT, ensure_bare, worker_mark
from sandboxes.docker_socket import address, answers
from sandboxes.host_view import INTERPRETER_OPTIONS, PACKAGES, TRUSTED, HostView, environment, host_view, start_code
from sandboxes.interface import MEBIBYTE, Capabilities, SandboxUnavailableError
from sandboxes.slot import Slot, WorkerError

NAME = "docker"
RUNTIME_VARIABLE = "EVOLVE_OCI_RUNTIME"
"""Environment variable naming another runtime that the engine knows, such as ``runsc`` (gVisor)."""

_API_SECONDS = 30
_START_MEMORY, _START_PROCESSES = 1024 * MEBIBYTE, 64  # until the first job's own limits
MODES = {
    "userns": ("SETUID", "SETGID"),
    "root": ("SETUID", "SETGID", "KILL", "SYS_ADMIN", "DAC_OVERRIDE"),
}
"""Kind of isolation -> capabilities of the container it takes; the safest first."""
_KEPT = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/python"),
    *(PACKAGES, TRUSTED, "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)
# What nothing in a container needs, worker included; a job's own filter (worker/seccomp.py) refuses far more.
_DENIED = (
    "acct add_key bpf delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick init_module ioperm iopl "
    "io_uring_enter io_uring_register io_uring_setup kcmp kexec_file_load kexec_load keyctl lookup_dcookie "
    "migrate_pages modify_ldt move_pages mq_open msgget name_to_handle_at nfsservctl open_by_handle_at perf_event_open "
    "process_madvise process_vm_readv process_vm_writev ptrace quotactl reboot request_key semget setns shmget socket "
    "swapoff swapon syslog userfaultfd vhangup"
)
_SECCOMP = json.dumps(
    {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": _DENIED.split(), "action": "SCMP_ACT_ERRNO"}],
    }
)


class DockerEngine:
    """Starts slots; made once a pool.

    Args:
        preload: packages imported in the fork server, visible to candidates.
        shown: further packages visible to candidates, each with what it requires.

    Raises:
        SandboxUnavailableError: if no engine answers or it cannot be used; the message says what to do.
    """

    def __init__(self, preload: Sequence[str], shown: Sequence[str] = ()) -> None:
        self.preload = tuple(preload)
        self._view = host_view(preload, shown)
        if platform.machine() != "x86_64":
            raise SandboxUnavailableError("the docker sandbox needs x86-64")
        self._runtime = os.environ.get(RUNTIME_VARIABLE) or None
        self._modes = list(MODES)
        self._counted: list[str] = []  # controllers of which the worker sees a group
        self._name = campaign_name()
        try:
            self._api: Any = _connect()
            self._info = self._api.info()
            reap_containers(self._api)
            self._built = self._api.images(name=BUILT)
        except (DockerException, OSError) as failure:
            raise SandboxUnavailableError(_no_engine(failure)) from None
        if self._runtime is not None and self._runtime not in self._info["Runtimes"]:
            known = ", ".join(sorted(self._info["Runtimes"]))
            raise SandboxUnavailableError(
                f"{RUNTIME_VARIABLE} is {self._runtime!r}, which the Docker engine does not know; it knows {known}"
            )
        self._nested = os.geteuid() == 0 and self._info["CgroupDriver"] == "cgroupfs"

    def start(self, number: int) -> Slot:
        """Start slot ``number`` in the way that worked before, or in the safest one that works.

        Raises:
            SandboxUnavailableError: if its worker does not come up.
        """
        said = []
        for mode in list(self._modes):
            try:
                slot = self._start(number, mode)
            except (WorkerError, DockerException, OSError) as failure:
                said.append(str(failure) if answers() else _no_engine(failure))
            else:
                self._modes, self._counted = [mode], slot.hello["counted"]
                return slot
        raise SandboxUnavailableError(f"the docker sandbox did not start: {'; '.join(dict.fromkeys(said))}")

    def capabilities(self) -> Capabilities:
        """What the walls enforce here, by construction."""
        version = f"Docker {self._info['ServerVersion']}, {self._runtime or self._info['DefaultRuntime']}"
        if self._built:  # its interpreter and packages are not this machine's
            version += f", image {self._built[0]['Id'].removeprefix('sha256:')[:12]}"
        return Capabilities(
            backend=NAME,
            version=version,
            isolation=self._modes[0],
            memory="cgroup" if "memory" in self._counted else "rlimit",
            cpu="cgroup" if "cpu" in self._counted else "rlimit",
            processes="cgroup" if "pids" in self._counted else "rlimit",
            network="none",
        )

    def close(self) -> None:
        """Remove the group in which the slots' lay, which the engine leaves behind, and hang up."""
        self._api.close()
        if self._nested:
            for hierarchy in hierarchies():
                remove(hierarchy / self._name, patience=1.0)

    def _start(self, number: int, mode: str) -> Slot:
        container = Container(self._api, f"{self._name}-slot-{number}", self._config(number, mode))
        try:
            slot = Slot(container, container.group(ordinary=not self._nested), NAME)
        except BaseException as failure:
            container.close()
            if isinstance(failure, WorkerError):
                raise WorkerError(f"{failure}; {container.diagnosis()}") from None
            raise
        return slot

    def _config(self, number: int, mode: str) -> dict[str, Any]:
        """What the engine is asked for."""
        view = None if self._built else self._view
        image = BUILT if view is None else ensure_bare(self._api, view.links)
        variables = environment() if view is None else view.environment
        python = "/usr/local/bin/python3" if view is None else view.interpreter
        first = 1 << 30 | (os.getpid() & 0x3FFFFF) << 8 | (number & 0x3F) << 2
        uids = (1, 2) if mode == "userns" else (first + 1, first + 2)
        enter = {
            "mark": worker_mark(),
            "first_id": first if mode == "userns" else None,
            "keep": _KEPT,
            "command": [python, *INTERPRETER_OPTIONS, "-c", start_code("main")],
            "worker": {"preload": self.preload, "uids": uids},
        }
        return {
            "Image": image,
            "Entrypoint": [],
            "Cmd": [python, *INTERPRETER_OPTIONS, "-c", start_code("enter"), json.dumps(enter)],
            "Env": [f"{name}={value}" for name, value in variables.items()],
            "User": "0:0",
            "WorkingDir": "/",
            "Hostname": "sandbox",
            "StopSignal": "SIGKILL",  # a job has nothing to tidy up, and an engine that ends waits for it
            "Labels": labels(),
            "NetworkDisabled": True,
            **dict.fromkeys(("AttachStdin", "AttachStdout", "AttachStderr", "OpenStdin", "StdinOnce"), True),
            "HostConfig": self._host_config(mode, view),
        }

    def _host_config(self, mode: str, view: HostView | None) -> dict[str, Any]:
        security = ["no-new-privileges", f"seccomp={_SECCOMP}"]
        if any("apparmor" in option for option in self._info["SecurityOptions"]):
            security.append("apparmor=unconfined")  # the default profile forbids all mounts, the worker's for a job too
        config = {
            "AutoRemove": True,
            "NetworkMode": "none",
            "IpcMode": "none",
            "CgroupnsMode": "private",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "CapAdd": list(MODES[mode]),
            "SecurityOpt": security,
            # A new /proc may be mounted in a user namespace only where the old one is in full view. Jobs see neither.
            "MaskedPaths": [],
            "ReadonlyPaths": [],
            "LogConfig": {"Type": "none"},
            "Memory": _START_MEMORY,
            "MemorySwap": _START_MEMORY,
            "PidsLimit": _START_PROCESSES,
            "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        }
        if view is not None:
            config["Mounts"] = [_bind(here, inside) for here, inside in view.binds]
            config["Tmpfs"] = dict.fromkeys(view.hidden, "ro,size=4k")
        if self._nested:
            config["CgroupParent"] = f"/{self._name}"
        if self._runtime is not None:
            config["Runtime"] = self._runtime
        return config


def build_image() -> str:
    """Make the almost empty image in the engine now rather than with the first slot; its tag.

    Raises:
        SandboxUnavailableError: if no engine answers or it refuses.
    """
    try:
        return ensure_bare(_connect(), host_view(()).links)
    except (DockerException, OSError) as failure:
        raise SandboxUnavailableError(_no_engine(failure)) from None


def _connect() -> Any:
    return docker.from_env(timeout=_API_SECONDS).api


def _bind(here: str, inside: str) -> dict[str, Any]:
    """A read-only bind. What is mounted below the path is left out: older engines would leave it writable."""
    return {
        "Type": "bind",
        "Source": here,
        "Target": inside,
        "ReadOnly": True,
        "BindOptions": {"NonRecursive": True, "Propagation": "private"},
    }


def _no_engine(failure: Exception) -> str:
    said = str(failure)
    if "No such file" in said or "refused" in said:
        reason = ""
        remedy = "install and start one (apt-get install docker.io), or set DOCKER_HOST, or choose bubblewrap"
    elif "Permission denied" in said:
        reason, remedy = " to this user", "add them to its group, docker, or choose bubblewrap"
    else:
        reason, remedy = f" as it should ({said[:200]})", "see to it, or choose bubblewrap"
    return f"no Docker engine answers{reason} at {address()}: {remedy}"
