"""A Ray cluster on this machine whose nodes can be killed, as a machine is by a power cut."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STORE_BYTES = 80 << 20
SETTINGS = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4, "RAY_USAGE_STATS_ENABLED": "0"}
"""To be in the environment before Ray is imported, and of whoever joins the cluster."""


def children() -> dict[int, list[int]]:
    """Process -> its children, of all processes there are."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(folder.name))
    return found


def below(top: int) -> list[int]:
    """All descendants of a process."""
    tree, found = children(), [top]
    for process in found:
        found += tree.get(process, [])
    return found[1:]


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_ray(process: int) -> bool:
    """Whether it is one of Ray's own: its daemon, what that starts beside, a worker."""
    said = command(process)
    return said.startswith("ray::") or "/site-packages/ray/" in said


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


class TestCluster:
    """A head without processors, and nodes with one each."""

    __test__ = False

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "object_store_memory": STORE_BYTES,
                "include_dashboard": False,
                "include_log_monitor": False,
            },
        )
        self.address: str = self._cluster.address
        self.nodes: list[Any] = []

    def add(self, cpus: int = 1) -> Any:
        """One more node; does not wait for it."""
        self.nodes.append(self._cluster.add_node(wait=False, num_cpus=cpus, object_store_memory=STORE_BYTES))
        return self.nodes[-1]

    def kill(self, node: Any) -> list[int]:
        """SIGKILL all of Ray's processes on a node; returns what else ran below them, its sandboxes."""
        self.nodes.remove(node)
        everything = self._processes(node)
        rays = [process for process in everything if is_ray(process)]
        for process in rays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return [process for process in everything if process not in rays]

    def actors(self) -> list[int]:
        """Worker processes of all nodes that have sandboxes."""
        tree = children()
        workers = [process for process in self._everything() if command(process).startswith("ray::")]
        return [process for process in workers if any(not is_ray(child) for child in tree.get(process, []))]

    def sandboxes(self) -> list[int]:
        """What runs on all nodes and is not Ray's."""
        return [process for process in self._everything() if not is_ray(process)]

    def _everything(self) -> list[int]:
        return [process for node in self.nodes for process in self._processes(node)]

    def _processes(self, node: Any) -> list[int]:
        (raylet,) = (info.process.pid for info in node.all_processes["raylet"])
        return [raylet, *below(raylet)]

    def close(self) -> None:
        for node in list(self.nodes):
            self.kill(node)
        self._cluster.shutdown()


@contextlib.contextmanager
def ray_cluster() -> Iterator[TestCluster]:
    cluster = TestCluster()
    try:
        yield cluster
    finally:
        cluster.close()


def wait_until(condition: Any, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
