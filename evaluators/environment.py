"""The environment of an evaluation: what a score may depend on besides candidate and instances."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from sandboxes import Capabilities


@lru_cache(maxsize=1)
def cpu_model() -> str:
    """Model name of the first processor."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    for line in text.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def describe(capabilities: Capabilities) -> dict[str, str]:
    """The facts that make up an environment, as shown to people."""
    return {
        "cpu": cpu_model(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "sandbox": f"{capabilities.backend} {capabilities.version} ({capabilities.isolation})",
        "memory_limit": capabilities.memory,
    }


def environment_facts(capabilities: Capabilities, toolchain: Mapping[str, str]) -> dict[str, str]:
    """:func:`describe` with a toolchain's own facts."""
    return describe(capabilities) | dict(toolchain)


def environment_id(facts: Mapping[str, str]) -> str:
    """Hash (16 hex digits) of :func:`environment_facts`."""
    return hashlib.sha256(json.dumps(dict(facts), sort_keys=True).encode()).hexdigest()[:16]
