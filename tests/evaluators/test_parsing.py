"""Syntax trees made in several threads at one time."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.parsing import syntax_tree

ROOT = Path(__file__).resolve().parents[2]
LONG = "x = " + " + ".join(f"f(a{i}, b[{i}])" for i in range(200))


def from_depth(depth: int, call: Callable[[], None]) -> None:
    """Call with so many more frames on the stack: the interpreter's count of a tree's depth begins there."""
    if depth:
        from_depth(depth - 1, call)
    else:
        call()


def test_threads_do_not_disturb_each_other() -> None:
    """Collections that let another thread run while a tree is built: `ast.parse` itself fails in CPython 3.11.7."""
    errors: list[BaseException] = []

    def parse() -> None:
        try:
            for _ in range(20):
                assert len(syntax_tree(LONG).body) == 1
        except BaseException as error:
            errors.append(error)

    def give_way(phase: str, _: dict[str, int]) -> None:
        time.sleep(0)

    threshold = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(50)
    try:
        threads = [threading.Thread(target=from_depth, args=(depth, parse)) for depth in (1, 20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(give_way)
    assert errors == []


@pytest.mark.parametrize(("source", "error"), [("x =", SyntaxError), ("x\0", (SyntaxError, ValueError))])
def test_what_does_not_parse(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        syntax_tree(source)


def test_nothing_else_parses() -> None:
    """A tree made past the lock could still disturb another."""
    calls = [
        path.relative_to(ROOT).as_posix()
        for folder in ("evaluators", "evolve")
        for path in (ROOT / folder).rglob("*.py")
        if "ast.parse(" in path.read_text(encoding="utf-8")
    ]
    assert calls == ["evaluators/parsing.py"]
