"""A Docker engine of the tests' own: nothing of it touches another engine on the machine, and it goes without trace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandboxes.docker_socket import answers

_SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
ENGINE_PREFIX = "evolve-engine-"
"""How the folders of these engines begin."""
_START_SECONDS = 60.0
_DISK = "96m"  # all that its images and containers may take, in memory


@contextmanager
def docker_host(address: str) -> Iterator[None]:
    """Within this, ``DOCKER_HOST`` is ``address``."""
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before


class PrivateEngine:
    """A dockerd of our own; needs root. Use :meth:`start`, and :meth:`close` at the end.

    Attributes:
        folder: where everything of it lies, on a small disk in memory.
        address: for ``DOCKER_HOST``.
    """

    def __init__(self) -> None:
        found = shutil.which("dockerd", path=_SEARCHED)
        if found is None:
            raise FileNotFoundError("dockerd is missing: apt-get install docker.io, which `make setup` does as root")
        self._dockerd = found
        self.folder = Path(tempfile.mkdtemp(prefix=ENGINE_PREFIX, dir="/tmp"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=700", "engine", self.folder], check=True)
        self.address = f"unix://{self.folder}/socket"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [
            self._dockerd, "--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "--host",
            self.address, "--pidfile", self.folder / "pid", "--bridge=none", "--iptables=false", "--ip6tables=false",
            "--storage-driver=overlay2", "--config-file", self.folder / "daemon.json",
        ]  # fmt: skip
        (self.folder / "daemon.json").write_text("{}")
        path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=path, start_new_session=True)
        until = time.monotonic() + _START_SECONDS
        with docker_host(self.address):
            while not answers():
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("dockerd did not start: " + (self.folder / "log").read_text()[-2000:])
                time.sleep(0.05)

    def stop(self) -> None:
        """End it as a restart would: its containers are killed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it and everything below it, and remove its files."""
        self.stop()
        for process in Path("/proc").iterdir():
            if process.name.isdigit() and str(self.folder) in _command(process):
                os.kill(int(process.name), signal.SIGKILL)
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in reversed([mount for mount in mounts if mount.startswith(str(self.folder))]):
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""
