"""Running one untrusted job under limits, and saying exactly how it ended."""

from sandboxes.interface import (
    Capabilities,
    Gate,
    Job,
    Limits,
    Outcome,
    Reason,
    Sandbox,
    SandboxUnavailableError,
)

__all__ = ["Capabilities", "Gate", "Job", "Limits", "Outcome", "Reason", "Sandbox", "SandboxUnavailableError"]
