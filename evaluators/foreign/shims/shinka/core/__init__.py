"""The helper with which evaluators run a program several times."""

from shinka.core.wrap_eval import run_shinka_eval

__all__ = ["run_shinka_eval"]
