"""The sources a campaign starts from."""

from __future__ import annotations

from pathlib import Path

from evaluators.baselines import baseline
from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint, ProblemSpec
from evaluators.toolchains import toolchain
from evolve.archive.database import Archive
from evolve.archive.records import find_candidate


class SourceError(ValueError):
    """A source cannot be used; the message is one sentence."""


def read_source(reference: str, spec: ProblemSpec, entry: EntryPoint, archive: Archive | None) -> Candidate:
    """A candidate from a file, ``baseline:NAME`` or ``archive:ID``.

    Raises:
        SourceError: if there is no such thing or it cannot be read.
    """
    kind, colon, name = reference.partition(":")
    try:
        if colon and kind == "baseline":
            return baseline(spec, entry, name)
        if colon and kind == "archive":
            if archive is None:
                raise SourceError(f"{reference}: there is no archive to take it from")
            return find_candidate(archive, name)
    except KeyError as error:
        raise SourceError(str(error.args[0])) from None
    path = Path(reference)
    if path.is_dir():
        raise SourceError(f"{path}: is a folder, not a source file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return Candidate.of_text(data.decode("utf-8-sig"), entry.file, spec.language)
    except UnicodeDecodeError:
        raise SourceError(f"{path}: is not UTF-8 text") from None


def seeds(
    references: tuple[str, ...], spec: ProblemSpec, entry: EntryPoint, archive: Archive | None
) -> tuple[Candidate, ...]:
    """The candidates named by ``references``, or the problem's own seeds if none are named.

    Raises:
        SourceError: if one cannot be read or has not the asked-for shape.
    """
    found = []
    for name in references or tuple(f"baseline:{stem}" for stem in entry.seeds):
        candidate = read_source(name, spec, entry, archive)
        screened = toolchain(spec.language).screen(candidate, entry, spec.source_limit)
        if not screened.accepted:
            raise SourceError(f"{name}: {screened.feedback}")
        found.append(candidate)
    return tuple(found)
