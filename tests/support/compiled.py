"""Where tests of compiled programs may be left out, and where leaving them out would hide a defect."""

from __future__ import annotations

import os

import pytest

from sandboxes import SandboxPool

_HIERARCHIES = ("/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/cgroup.procs")


def need_memory_cgroup(pool: SandboxPool) -> None:
    """Skip where a pool cannot limit memory by cgroup, unless this machine lets root have cgroups: then fail."""
    if pool.capabilities.memory == "cgroup":
        return
    if os.geteuid() == 0 and any(os.access(path, os.W_OK) for path in _HIERARCHIES):
        pytest.fail(f"cgroups are writable here, yet the sandbox limits memory by {pool.capabilities.memory}")
    pytest.skip("compiled programs need memory limits by cgroup, which this machine does not let us have")
