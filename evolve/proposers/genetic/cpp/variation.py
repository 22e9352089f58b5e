"""Children of C++ programs: mutants and crossings that parse, pass the screen and keep the entry point's signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from random import Random
from typing import Final

from evaluators.declaration import EntryPoint
from evaluators.toolchains import cpp_source
from evolve.proposers.genetic.cpp import crossing, library, privatise, schedule, simplify, tunables
from evolve.proposers.genetic.cpp.items import function_named, signature
from evolve.proposers.genetic.cpp.source import KEPT, Program, parsed

FOUNDERS: Final = 4
"""Random children before selection starts: a kernel takes seconds to judge, and mutants of its seed are few."""
GROWTH, ROOM = 1.5, 6_000
"""A child is at most this many times as long as its longest parent, or ``ROOM`` bytes if that is more."""
_ATTEMPTS = 12
_INCLUDES = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*$", re.MULTILINE)
_AGAIN = 0.3
"""Chance that a mutant is mutated once more."""

Mutation = Callable[[Program, Random], str | None]
"""A changed text, or None if there is no place to act."""
_MUTATIONS: tuple[tuple[str, Mutation, float], ...] = (
    ("parallel", schedule.parallel, 0.14),
    ("blocked", schedule.blocked, 0.08),
    ("serial", schedule.serial, 0.03),
    ("fork", schedule.fork, 0.04),
    ("join", schedule.join, 0.02),
    ("interchange", schedule.interchange, 0.02),
    ("memory_order", schedule.memory_order, 0.03),
    ("constant", tunables.constant, 0.16),
    ("literal", tunables.literal, 0.05),
    ("granularity", tunables.granularity, 0.08),
    ("unroll", tunables.unroll, 0.03),
    ("ivdep", tunables.ivdep, 0.02),
    ("width", tunables.width, 0.05),
    ("atomic_counts", privatise.atomic_counts, 0.04),
    ("partial_results", privatise.partial_results, 0.06),
    ("reduce", privatise.reduce, 0.06),
    ("two_passes", privatise.two_passes, 0.10),
    ("library_call", library.library_call, 0.08),
    ("serial_call", library.serial_call, 0.02),
    ("radix_sort", library.radix_sort, 0.04),
    ("drop_statement", simplify.drop_statement, 0.05),
    ("drop_unused", simplify.drop_unused, 0.02),
)
"""Name, mutation, and how often it is drawn before others where it has a place to act."""
_PRIVATE_COPIES = 0.12

Crossing = Callable[[Program, Program, EntryPoint, Random], str | None]
_CROSSINGS: tuple[tuple[str, Crossing, float], ...] = (
    ("exchange_function", crossing.exchange_function, 0.35),
    ("exchange_statement", crossing.exchange_statement, 0.25),
    ("insert_statement", crossing.insert_statement, 0.1),
    ("exchange_constant", crossing.exchange_constant, 0.3),
)


@lru_cache(maxsize=KEPT)
def _key(source: str) -> str:
    try:
        return cpp_source.dedupe_key(cpp_source.tokens(_INCLUDES.sub("", source)))
    except cpp_source.SourceError:
        return source


@lru_cache(maxsize=KEPT)
def _passes(source: str) -> bool:
    try:
        cpp_source.check(source)
    except cpp_source.SourceError:
        return False
    return True


class CppVariation:
    """The operators for one entry point.

    Args:
        entry: function whose signature children keep.
        source_limit: most bytes of a program.
    """

    founders = FOUNDERS

    def __init__(self, entry: EntryPoint, source_limit: int) -> None:
        self.entry = entry
        self._limit = source_limit
        copies: Mutation = partial(privatise.private_copies, entry)
        self._mutations = (*_MUTATIONS, ("private_copies", copies, _PRIVATE_COPIES))

    def key(self, source: str) -> str:
        """The same for programs that differ in blanks, comments and headers only."""
        return _key(source)

    def varied(self, source: str, rng: Random) -> tuple[str, str] | None:
        """A mutant and the names of its mutations, or None if none could be made."""
        parent = self._readable(source)
        if parent is None:
            return None
        for _ in range(_ATTEMPTS):
            child, names = parent, list[str]()
            while not names or rng.random() < _AGAIN:
                step = self._mutated(child, rng)
                if step is None:
                    break
                child, name = step
                names.append(name)
            if names and self._fits(child, [parent]):
                return child.text, "+".join(names)
        return None

    def crossed(self, mother: str, father: str, rng: Random) -> tuple[str, str] | None:
        """A child of two parents and the crossing's name, or None if none could be made."""
        one, other = self._readable(mother), self._readable(father)
        if one is None or other is None:
            return None
        for _ in range(_ATTEMPTS):
            name, cross, _ = rng.choices(_CROSSINGS, [weight for *_, weight in _CROSSINGS])[0]
            text = cross(one, other, self.entry, rng)
            if text is not None and self._fits(child := Program(text), [one, other]):
                return child.text, name
        return None

    def _mutated(self, program: Program, rng: Random) -> tuple[Program, str] | None:
        """One mutation, drawn among those that have a place to act."""
        left = list(self._mutations)
        while left:
            drawn = rng.choices(left, [weight for *_, weight in left])[0]
            left.remove(drawn)
            text = drawn[1](program, rng)
            if text is not None and (child := Program(text)).sound:
                return child, drawn[0]
        return None

    def _readable(self, source: str) -> Program | None:
        """A program the operators can work on, or None."""
        if not self._screened(source):
            return None
        program = parsed(source)
        return program if program.sound and function_named(program, self.entry.name) is not None else None

    def _screened(self, text: str) -> bool:
        return len(text.encode()) <= self._limit and _passes(text)

    def _fits(self, child: Program, parents: Sequence[Program]) -> bool:
        """Whether a child may be proposed."""
        longest = max(len(parent.data) for parent in parents)
        if len(child.data) > max(ROOM, GROWTH * longest) or not child.sound or not self._screened(child.text):
            return False
        own, first = (function_named(program, self.entry.name) for program in (child, parents[0]))
        if own is None or first is None or signature(child, own) != signature(parents[0], first):
            return False
        return self.key(child.text) not in {self.key(parent.text) for parent in parents}
