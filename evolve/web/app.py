"""The application over one archive."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from evolve.archive.browse import BrowseError
from evolve.archive.database import ArchiveError
from evolve.archive.reading import ReadOnlyArchive
from evolve.web import api
from evolve.web.pages import (
    browse,
    campaign,
    campaigns,
    candidate,
    comparison,
    diff,
    family,
    insights,
    population,
    rcbench,
)
from evolve.web.security import Access, Guard, WrongFormError
from evolve.web.site import FILES, CannotError, NotFoundError, Site, site_of

ROUTERS = tuple(
    page.router
    for page in (
        campaigns, campaign, comparison, population, browse, insights, candidate, family, diff, rcbench, api,
    )
)  # fmt: skip
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def make_site(archive: Path | str, access: Access | None = None) -> Site:
    """What the pages of an archive share.

    Args:
        archive: its file, which must exist.
        access: who is let in; None: who asks from this machine.

    Raises:
        ArchiveError: saying in one sentence why the file cannot be used.
    """
    return Site(ReadOnlyArchive(archive), access or Access())


def app_of(site: Site) -> ASGIApp:
    """Pages and data, with a guard in front of them."""
    # The framework's own pages about the data would load their scripts from elsewhere.
    app = FastAPI(title="evolve", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.state.site = site
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/static/{name}", _static, include_in_schema=False)
    for kind in (*STATUS, HTTPException):
        app.add_exception_handler(kind, _say)
    app.add_exception_handler(RequestValidationError, _say_which)
    return Guard(app, site.access)


def make_app(archive: Path | str, access: Access | None = None) -> ASGIApp:
    """The application over an archive; see :func:`make_site`."""
    return app_of(make_site(archive, access))


def _static(name: str) -> Response:
    """A style or a script."""
    if name not in FILES:
        raise NotFoundError(f"There is no file {name}.")
    kept = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(FILES[name], media_type=KINDS[Path(name).suffix], headers=kept)


STATUS = {NotFoundError: 404, WrongFormError: 403, CannotError: 400, BrowseError: 400, ArchiveError: 503}


def _say(request: Request, error: Exception) -> Response:
    """A page that says what is wrong, or a document where data were asked for."""
    if isinstance(error, HTTPException):
        status, said = error.status_code, str(error.detail)
    else:
        status, said = STATUS[type(error)], str(error)
    if request.url.path.startswith("/api"):
        return JSONResponse({"detail": said}, status)
    return site_of(request).page("error.html", {"status": status, "said": said}, status)


async def _say_which(request: Request, error: Exception) -> Response:
    """The same of a parameter that is not what it should be; programs get the list that is described to them."""
    assert isinstance(error, RequestValidationError)
    if request.url.path.startswith("/api"):
        return await request_validation_exception_handler(request, error)
    wrong = [
        f"{one['loc'][-1]} is {one['input']!r:.100}: {one['msg'][:1].lower()}{one['msg'][1:]}" for one in error.errors()
    ]
    return site_of(request).page("error.html", {"status": 400, "said": "; ".join(wrong)}, 400)
