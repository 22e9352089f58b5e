"""Campaigns: proposers, selection, archive, executors, command line; and the two calls of the Python API.

Importing this package imports nothing else of it: :func:`evaluate` and :func:`run` are fetched when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evolve.api import EvaluationResult, RunResult, evaluate, run

__all__ = ["EvaluationResult", "RunResult", "evaluate", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from evolve import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
