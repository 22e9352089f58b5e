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
        (raylet,) = (info.process.pid for info in node.all_processes["raylet"])
        everything = [raylet, *below(raylet)]
        rays = [process for process in everything if "bwrap" not in command(process) and "ray" in command(process)]
        for process in rays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return [process for process in everything if process not in rays]

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
