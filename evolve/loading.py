"""Using a winner: an archived kernel as a Python function on numpy arrays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.kernels.calling import Kernel

if TYPE_CHECKING:
    from evaluators.candidate import Candidate
    from evolve.archive import Archive


def load(
    archive: str | os.PathLike[str] | None, candidate: str, *, parlay_include: str | os.PathLike[str] | None = None
) -> Kernel:
    """Compile an archived kernel on this machine, once, and return it as a function.

    It then runs in this process, outside any sandbox. Only candidates whose evaluations ended ``ok`` are loaded.

    Args:
        archive: the archive file; None: ``$EVOLVE_ARCHIVE``, else ``evolve.db`` in this folder.
        candidate: start of its id.
        parlay_include: as for :func:`evaluators.kernels.calling.kernel`.

    Raises:
        ValueError: if there is no such candidate, it is not in C++, or none of its evaluations ended ``ok``.
        ParlayLibError: if ``parlay_include`` holds no ParlayLib.
        CompileError: if it does not compile here.
    """
    from evaluators.kernels.calling import kernel
    from evolve.archive import Archive
    from evolve.archive.records import find_candidate

    path = Path(archive or os.environ.get("EVOLVE_ARCHIVE") or "evolve.db")
    with Archive(path, create=False) as store:
        try:
            found = find_candidate(store, candidate.removeprefix("archive:"))
        except KeyError as error:
            raise ValueError(str(error.args[0])) from None
        if found.language != "cpp":
            raise ValueError(f"candidate {found.id[:12]} is in {found.language}: only kernels in C++ are loaded")
        signature = _signature(store, found)
    (source,) = found.files.values()
    return kernel(source.decode("utf-8"), signature, parlay_include=parlay_include)


def _signature(archive: Archive, candidate: Candidate) -> str:
    """Of the entry point on which it was judged."""
    from evaluators.registry import load_problem
    from evolve.archive.queries import problem_place

    row = archive.row(
        "SELECT problem, entry_point FROM evaluations WHERE candidate_id = ? AND verdict = 'ok' LIMIT 1",
        (candidate.id,),
    )
    if row is None:
        raise ValueError(f"candidate {candidate.id[:12]} has no evaluation that ended ok: it is not loaded")
    problem = load_problem(problem_place(archive, row["problem"]))
    return problem.spec.entry_point(row["entry_point"]).signature
