"""Documents as JSON can hold them: of the terminal and of the pages."""

from __future__ import annotations

from typing import Any


def without_nan(value: Any) -> Any:
    """Plain values with None in place of numbers that JSON does not have."""
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, dict):
        return {str(k): without_nan(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    return value
