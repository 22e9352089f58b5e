"""Language plug-ins: screen, build, stages, sanitizers, feedback."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.toolchains.base import Toolchain

LANGUAGES = ("python", "cpp")


@cache
def toolchain(language: str) -> Toolchain:
    """The plug-in of a language, one of :data:`LANGUAGES`, imported when first asked for."""
    if language == "cpp":
        from evaluators.toolchains.cpp import CppToolchain

        return CppToolchain()
    from evaluators.toolchains.python import PythonToolchain

    return PythonToolchain()
