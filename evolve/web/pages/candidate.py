"""One candidate: its program, what became of it, how it stands, and where it came from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse, Response

from evolve.archive import queries
from evolve.archive.asking import calls
from evolve.archive.database import Archive
from evolve.archive.records import SHORTEST_ID, read_candidate
from evolve.web.candidate_view import candidate_page, whole_call
from evolve.web.site import CannotError, NotFoundError, OurArchive, OurForm, OurSite

Attempt = Annotated[int, Path(ge=1, le=1 << 32)]
router = APIRouter(include_in_schema=False)


def known(archive: Archive, reference: str) -> str:
    """The candidate whose id begins so.

    Raises:
        NotFoundError: if there is none, or more than one.
    """
    if len(reference) < SHORTEST_ID:
        raise NotFoundError(f"Give at least {SHORTEST_ID} digits of a candidate's id, not {reference!r}.")
    found = queries.starting_with(archive, "candidates", reference)
    if len(found) != 1:
        raise NotFoundError(
            f"{'Several ids' if found else 'No id'} of a candidate begin{'' if found else 's'} so: {reference}."
        )
    return found[0]


@router.get("/candidates/{candidate}")
def candidate(site: OurSite, archive: OurArchive, candidate: str) -> HTMLResponse:
    """The page."""
    return site.page("candidate.html", candidate_page(archive, known(archive, candidate)))


@router.get("/candidates/{candidate}/calls/{request_id}/{attempt}")
def call(site: OurSite, archive: OurArchive, candidate: str, request_id: str, attempt: Attempt) -> Response:
    """A question and its answer, whole."""
    row = archive.row("SELECT proposal_id FROM llm_calls WHERE request_id = ? AND attempt = ?", (request_id, attempt))
    if row is None:
        raise NotFoundError(f"There is no call {request_id}, attempt {attempt}.")
    found = next(
        one for one in calls(archive, row["proposal_id"]) if (one.request, one.attempt) == (request_id, attempt)
    )
    return site.download(whole_call(found), f"call-{known(archive, candidate)[:12]}-{attempt}.txt", "text/plain")


@router.post("/candidates/{candidate}/export")
def export(site: OurSite, archive: OurArchive, form: OurForm, candidate: str) -> Response:
    """A module that runs alone, or a header."""
    from evaluators.registry import UnknownProblemError, load_problem
    from evaluators.tables import TableError
    from evolve.archive.export import ExportError, header_text, module_text

    format = form.get("format", "")
    if format not in ("module", "header"):
        raise CannotError(f"The format is {format!r}; allowed: module, header.")
    id = known(archive, candidate)
    row = archive.row("SELECT * FROM candidates WHERE id = ?", (id,))
    judged = archive.row(
        "SELECT problem, entry_point FROM evaluations WHERE candidate_id = ? AND verdict = 'ok' LIMIT 1", (id,)
    )
    if row is None or judged is None:
        raise CannotError(f"Candidate {id[:12]} has no evaluation that ended ok: there is nothing to export.")
    try:
        problem = load_problem(queries.problem_place(archive, judged["problem"]))
        make = header_text if format == "header" else module_text
        text = make(archive, read_candidate(row), problem, problem.spec.entry_point(judged["entry_point"]))
    except (UnknownProblemError, TableError, ExportError) as error:
        raise CannotError(str(error)) from None
    name = f"candidate-{id[:12]}.{'hpp' if format == 'header' else 'py'}"
    return site.download(text, name, "text/plain")
