"""The static screen, with what it said kept: the steps of one candidate's life ask several times."""

from __future__ import annotations

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.toolchains import toolchain
from evaluators.toolchains.base import Screened

SCREENED_KEPT = 256


class Screening:
    """Screens candidates for one entry point. It needs no sandbox: nothing is executed."""

    def __init__(self, spec: ProblemSpec, entry: EntryPoint) -> None:
        self._spec, self._entry = spec, entry
        self._toolchain = toolchain(spec.language)
        self._known: dict[str, Screened] = {}

    def __call__(self, candidate: Candidate) -> Screened:
        """What the screen says of ``candidate``."""
        found = self._known.get(candidate.id)
        if found is None:
            found = self._toolchain.screen(candidate, self._entry, self._spec.source_limit)
            if len(self._known) >= SCREENED_KEPT:
                self._known.clear()
            self._known[candidate.id] = found
        return found
