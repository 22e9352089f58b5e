"""The embedded backend: bubblewrap as launcher of the worker, as root or as an ordinary user."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from sandboxes.cgroups import Campaign, SlotGroup
from sandboxes.interface import Capabilities, SandboxUnavailableError
from sandboxes.slot import Slot, WorkerError
from sandboxes.worker.counters import kernel_version

NAME = "bubblewrap"
_PYTHON, _PACKAGES, _TRUSTED, _CGROUP = "/python", "/packages", "/trusted", "/cgroup"
_ROOT_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE")
# Not -I: the environment is ours, and the fixed hash seed in it must be heeded.
_OPTIONS = ("-P", "-s", "-S", "-B")
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
        campaign: cgroup for the slots.

    Raises:
        SandboxUnavailableError: if bubblewrap is missing or may not make namespaces; the message says what to do.
    """

    def __init__(self, preload: Sequence[str], campaign: Campaign) -> None:
        self.preload = tuple(preload)
        self.root = os.geteuid() == 0
        self._campaign = campaign
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
        self._walls = self._build_walls()
        self._try()
        self.version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()

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
        start = f"import sys; sys.path[:0] = [{_TRUSTED!r}, {_PACKAGES!r}]; from worker.main import main; main()"
        command += ["--remount-ro", "/", "--", self._interpreter, *_OPTIONS, "-c", start, json.dumps(config)]
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
        base = Path(sys.base_prefix).resolve()
        executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
        walls = [self._bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"]
        walls += ["--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "sandbox"]
        # Folders made on the way to a mount are root's alone, and modules not yet imported lie below this one.
        walls += ["--perms", "0755", "--dir", _PACKAGES]
        if self.root:
            walls += ["--cap-drop", "ALL"]
            for capability in _ROOT_CAPABILITIES:
                walls += ["--cap-add", capability]
        else:
            walls += ["--unshare-user", "--uid", "0", "--gid", "0", "--cap-add", "CAP_SYS_ADMIN"]
        walls += ["--ro-bind", "/usr", "/usr", *_hide("/usr/local")]
        for name in ("bin", "lib", "lib64", "lib32", "sbin"):
            top = Path("/", name)
            if top.is_symlink():
                walls += ["--symlink", f"usr/{name}", f"/{name}"]
            elif top.is_dir():
                walls += ["--ro-bind", str(top), str(top)]
        for path in ("/etc/alternatives", "/etc/ld.so.cache"):
            walls += ["--ro-bind-try", path, path]
        environment = {"PATH": "/usr/bin", "HOME": "/w", "TMPDIR": "/w", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
        for library in ("OPENBLAS", "OMP", "MKL", "NUMEXPR"):
            environment[f"{library}_NUM_THREADS"] = "1"
        if base == Path("/usr"):
            self._interpreter = str(executable)
        else:
            self._interpreter = f"{_PYTHON}/{executable.relative_to(base)}"
            walls += ["--ro-bind", str(base), _PYTHON]
            site = Path(sysconfig.get_path("purelib", vars={"base": str(base)}))
            if site.is_dir() and site.is_relative_to(base):
                walls += _hide(f"{_PYTHON}/{site.relative_to(base)}")
            environment["LD_LIBRARY_PATH"] = f"{_PYTHON}/lib"
        for package in _package_folders(self.preload):
            walls += ["--ro-bind", str(package), f"{_PACKAGES}/{package.name}"]
        walls += ["--ro-bind", str(Path(__file__).parent / "worker"), f"{_TRUSTED}/worker"]
        walls += ["--proc", "/proc", "--tmpfs", "/dev"]
        for device in _DEVICES:
            walls += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
        walls += ["--remount-ro", "/dev", "--dir", "/w", "--clearenv"]
        for name, value in environment.items():
            walls += ["--setenv", name, value]
        return walls


def _hide(path: str) -> list[str]:
    """Arguments that put an empty folder over ``path``; read-only, or jobs could leave each other messages there."""
    return ["--tmpfs", path, "--remount-ro", path]


def _package_folders(preload: Sequence[str]) -> list[Path]:
    """Folders and files of the preloaded packages outside the standard library, shared libraries included."""
    folders = []
    for name in sorted({module.partition(".")[0] for module in preload}):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise SandboxUnavailableError(f"cannot preload {name!r} in the sandbox: no such package is installed here")
        if name in sys.stdlib_module_names:
            continue
        origin = Path(spec.origin)
        package = origin.parent if spec.submodule_search_locations else origin
        folders.append(package)
        libraries = package.parent / f"{name}.libs"
        if libraries.is_dir():
            folders.append(libraries)
    return folders


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
        self.stdin, self.stdout = self._process.stdin.fileno(), self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        return self._process.pid

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
