"""The embedded backend: bubblewrap as launcher of the worker, as root or as an ordinary user."""

from __future__ import annotations

import json
import os
import platform
import select
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sandboxes.cgroups import Campaign, SlotGroup
from sandboxes.host_view import INTERPRETER_OPTIONS, PACKAGES, TRUSTED, host_view, start_code
from sandboxes.interface import Capabilities, SandboxUnavailableError
from sandboxes.slot import Slot, WorkerError
from sandboxes.worker.counters import kernel_version

NAME = "bubblewrap"
_CGROUP = "/cgroup"
_ROOT_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE")
_OLDEST_KERNEL = (5, 8)  # a /proc of nothing but processes
_DEVICES = ("null", "zero", "random", "urandom")
_INSTALL = "install it with: apt-get install bubblewrap (or dnf install bubblewrap)"
_USERNS = (
    "unprivileged user namespaces are refused here: on Ubuntu 23.10 or newer install an AppArmor profile for "
    "/usr/bin/bwrap that allows userns (package apparmor-profiles has bwrap-userns-restrict), else "
    "set sysctl kernel.unprivileged_userns_clone=1 and user.max_user_namespaces above 0, or run as root"
)


PIPE_BYTES = 1 << 20
"""Size of the pipes to a fork server: a job's requests go through in one piece instead of many turns (the most an
ordinary user may ask for)."""


class Bubblewrap:
    """Starts slots; made once a pool.

    Args:
        preload: packages imported in the fork server, visible to candidates.
        shown: further packages visible to candidates, each with what it requires.

    Raises:
        SandboxUnavailableError: if bubblewrap is missing or may not make namespaces; the message says what to do.
    """

    def __init__(self, preload: Sequence[str], shown: Sequence[str] = ()) -> None:
        self.preload = tuple(preload)
        self.root = os.geteuid() == 0
        if sys.platform != "linux" or platform.machine() != "x86_64":
            raise SandboxUnavailableError("the bubblewrap sandbox needs Linux on x86-64")
        if kernel_version() < _OLDEST_KERNEL:
            raise SandboxUnavailableError("the bubblewrap sandbox needs Linux 5.8 or newer")
        found = shutil.which("bwrap")
        if found is None:
            raise SandboxUnavailableError(
                f"bubblewrap is missing, and untrusted code never runs unsandboxed: {_INSTALL}"
            )
        self._bwrap = found
        self._view = host_view(preload, shown)
        self._walls = self._build_walls()
        self._try()
        self.version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        self._campaign = Campaign()

    def start(self, number: int) -> Slot:
        """Start slot ``number``. The calling thread must outlive it: the kernel ends the slot with that thread.

        Raises:
            SandboxUnavailableError: if its worker does not come up.
        """
        group = self._campaign.slot(f"slot-{number}") if self._campaign.folders else None
        worker = None
        try:
            worker = _Process(self._command(number, group))
            return Slot(worker, group, NAME)
        except (WorkerError, OSError) as failure:
            detail = worker.diagnosis() if worker is not None else ""
            if worker is not None:
                worker.close()
            if group is not None:
                group.close()
            raise SandboxUnavailableError(f"the sandbox did not start: {failure}; {detail}".strip("; ")) from None

    def capabilities(self) -> Capabilities:
        """What the walls enforce here, by construction."""
        counted = self._campaign.folders
        return Capabilities(
            backend=NAME,
            version=self.version,
            isolation="root" if self.root else "user",
            memory="cgroup" if "memory" in counted else "rlimit",
            cpu="cgroup" if "cpu" in counted else "rlimit",
            processes="cgroup" if "pids" in counted else "rlimit",
            network="none",
        )

    def close(self) -> None:
        """Remove the slots' groups; the slots must be closed by now."""
        self._campaign.close()

    def _try(self) -> None:
        trial = subprocess.run([*self._walls, "/usr/bin/true"], capture_output=True, text=True, check=False)
        if trial.returncode != 0:
            said = trial.stderr.strip().splitlines()[-1:] or ["no message"]
            why = "root lacks CAP_SYS_ADMIN here, for example in a container" if self.root else _USERNS
            raise SandboxUnavailableError(f"bubblewrap cannot build a sandbox ({said[0]}): {why}")

    def _command(self, number: int, group: SlotGroup | None) -> list[str]:
        command = list(self._walls)
        folders = {}
        if group is not None:
            for controller, folder in group.folders.items():
                folders[controller] = f"{_CGROUP}/{controller}"
                command += ["--ro-bind", str(folder), folders[controller]]
        config = {"preload": self.preload, "uids": self._uids(number), "cgroup": folders}
        command += ["--remount-ro", "/", "--", self._view.interpreter, *INTERPRETER_OPTIONS, "-c", start_code("main")]
        command.append(json.dumps(config))
        # The shell enters the groups by itself and then becomes bubblewrap: no process is moved from outside.
        enter = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done; shift; exec "$@"'
        return ["/bin/sh", "-c", enter, "enter", *(group.procs_files() if group is not None else []), "--", *command]

    def _uids(self, number: int) -> tuple[int, int] | None:
        """User ids of candidate and simulator, used by no account and by no other slot on this machine."""
        if not self.root:
            return None
        if Path("/proc/self/uid_map").read_text().split()[2] == "4294967295":
            first = 1 << 30 | (os.getpid() & 0x3FFFFF) << 8 | (number & 0x7F) << 1
        else:
            first = 60000 + (number & 0x7F) * 2
        return first, first + 1

    def _build_walls(self) -> list[str]:
        walls = [self._bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"]
        walls += ["--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "sandbox"]
        # Folders made on the way to a mount are root's alone, and modules not yet imported lie below this one.
        walls += ["--perms", "0755", "--dir", PACKAGES]
        if self.root:
            walls += ["--cap-drop", "ALL"]
            for capability in _ROOT_CAPABILITIES:
                walls += ["--cap-add", capability]
        else:
            walls += ["--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "CAP_SYS_ADMIN"]
        for here, inside in self._view.binds:
            walls += ["--ro-bind", here, inside]
        for path in self._view.hidden:  # read-only, or jobs could leave each other messages there
            walls += ["--tmpfs", path, "--remount-ro", path]
        for path, target in self._view.links.items():
            walls += ["--symlink", target, path]
        walls += ["--ro-bind", str(Path(__file__).parent / "worker"), f"{TRUSTED}/worker"]
        walls += ["--proc", "/proc", "--tmpfs", "/dev"]
        for device in _DEVICES:
            walls += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
        walls += ["--remount-ro", "/dev", "--dir", "/w", "--clearenv"]
        for name, value in self._view.environment.items():
            walls += ["--setenv", name, value]
        return walls


class _Process:
    """The launcher's process and its pipes."""

    def __init__(self, command: list[str]) -> None:
        self._said = os.memfd_create("sandbox-stderr", os.MFD_CLOEXEC)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, bufsize=0, env={},
            start_new_session=True, pipesize=PIPE_BYTES,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._in, view) :]

    def receive(self, size: int, seconds: float) -> bytes:
        if not self._poll.poll(seconds * 1000):
            raise TimeoutError
        return os.read(self._out, size)

    def is_quiet(self) -> bool:
        return not self._poll.poll(0)

    def diagnosis(self) -> str:
        size = os.fstat(self._said).st_size
        return os.pread(self._said, 2000, max(0, size - 2000)).decode("utf-8", "replace").strip()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self._said)
