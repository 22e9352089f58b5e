"""Python source to a syntax tree, from any thread."""

from __future__ import annotations

import ast
import threading
from typing import Literal, overload

_ONE_AT_A_TIME = threading.RLock()


@overload
def syntax_tree(source: str | bytes, mode: Literal["exec"] = "exec") -> ast.Module: ...
@overload
def syntax_tree(source: str | bytes, mode: Literal["eval"]) -> ast.Expression: ...
def syntax_tree(source: str | bytes, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """As `ast.parse`, which two threads of CPython 3.11 must not be in at one time.

    The interpreter counts the depth of the tree it builds in one place for all threads, and a garbage collection on
    the way can let another one in: a valid program then ends in "SystemError: AST constructor recursion depth
    mismatch" (https://github.com/python/cpython/issues/106905).

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse` does.
    """
    with _ONE_AT_A_TIME:
        return ast.parse(source, mode=mode)
