"""Campaigns: proposers, selection, archive, executors, command line; and the calls of the Python API.

Importing this package imports nothing else of it: :func:`evaluate`, :func:`run`, :func:`load` and :func:`kernel` are
fetched when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluators.kernels.calling import Kernel, kernel
    from evolve.api import EvaluationResult, RunResult, evaluate, run
    from evolve.loading import load

__all__ = ["EvaluationResult", "Kernel", "RunResult", "evaluate", "kernel", "load", "run"]
_HOMES = {"load": "evolve.loading", "kernel": "evaluators.kernels.calling", "Kernel": "evaluators.kernels.calling"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        import importlib

        return getattr(importlib.import_module(_HOMES.get(name, "evolve.api")), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
