"""Running one untrusted job under limits, and saying exactly how it ended."""

from sandboxes.interface import (
    Capabilities,
    Gate,
    Job,
    Limits,
    Native,
    Outcome,
    Reason,
    Sandbox,
    SandboxUnavailableError,
)
from sandboxes.pool import SandboxPool, open_pool

__all__ = [
    "Capabilities",
    "Gate",
    "Job",
    "Limits",
    "Native",
    "Outcome",
    "Reason",
    "Sandbox",
    "SandboxPool",
    "SandboxUnavailableError",
    "open_pool",
]
