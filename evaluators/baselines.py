"""The published heuristics of a problem, as candidates."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.toolchains import toolchain


@lru_cache(maxsize=256)
def _read(path: Path, file: str, language: str) -> Candidate:
    return Candidate.of_text(path.read_text(encoding="utf-8"), file, language)


def baselines(spec: ProblemSpec, entry: EntryPoint) -> dict[str, Candidate]:
    """Name -> candidate for each baseline of ``entry``, in the declared order.

    Where candidates vary a given program, that program is the one baseline.
    """
    if entry.template is not None:
        given = Candidate.of_text(entry.template.text, entry.file, spec.language)
        return dict.fromkeys(entry.baselines, given)
    folder = spec.folder / "baselines" / entry.name
    suffix = toolchain(spec.language).suffix
    return {stem: _read(folder / f"{stem}{suffix}", entry.file, spec.language) for stem in entry.baselines}


def baseline(spec: ProblemSpec, entry: EntryPoint, name: str) -> Candidate:
    """One baseline by name.

    Raises:
        KeyError: naming those there are.
    """
    known = baselines(spec, entry)
    if name not in known:
        raise KeyError(f"{spec.name} has no baseline {name!r} for {entry.name}; it has: {', '.join(known)}")
    return known[name]
