"""Operators on source text, by language."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Protocol

from evaluators.declaration import EntryPoint, ProblemSpec
from evolve.proposers.genetic.function_variation import crossed, varied


class Variation(Protocol):
    """Mutation and crossover of programs for one entry point."""

    founders: int
    """Random children before selection starts, unless a campaign says otherwise."""

    def varied(self, source: str, rng: Random) -> tuple[str, str] | None:
        """A mutant and the name of its mutation, or None if none could be made."""
        ...

    def crossed(self, mother: str, father: str, rng: Random) -> tuple[str, str] | None:
        """A child of two parents and the name of its operator, or None if none could be made."""
        ...

    def key(self, source: str) -> str:
        """The same for texts that are taken for one program."""
        ...


class PythonVariation:
    """The operators on Python functions.

    Args:
        entry: function that children define.
    """

    founders = 100

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry

    def varied(self, source: str, rng: Random) -> tuple[str, str] | None:
        """By :func:`evolve.proposers.genetic.function_variation.varied`."""
        return varied(source, self._entry, rng)

    def crossed(self, mother: str, father: str, rng: Random) -> tuple[str, str] | None:
        """By :func:`evolve.proposers.genetic.function_variation.crossed`."""
        text = crossed(mother, father, self._entry, rng)
        return None if text is None else (text, "crossover")

    def key(self, source: str) -> str:
        """Hash of the text."""
        return hashlib.blake2b(source.strip().encode(), digest_size=16).hexdigest()


def variation(spec: ProblemSpec, entry: EntryPoint) -> Variation:
    """The operators on programs for an entry point.

    Raises:
        ValueError: if there are none for its language.
    """
    if spec.language == "python":
        return PythonVariation(entry)
    if spec.language == "cpp":
        from evolve.proposers.genetic.cpp.variation import CppVariation

        return CppVariation(entry, spec.source_limit)
    raise ValueError(f"{spec.name} is in {spec.language}; programs in python or cpp can be varied")
