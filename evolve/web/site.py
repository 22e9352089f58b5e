"""What all pages share: the archive they read, who is let in, and how templates become pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evolve.archive import queries
from evolve.archive.database import Archive
from evolve.archive.reading import ReadOnlyArchive
from evolve.charts.style import STYLESHEET
from evolve.web import formats
from evolve.web.comparison_view import Documents
from evolve.web.live import Making, Pulse
from evolve.web.security import Access, posted
from evolve.web.steering import Steering
from evolve.web.text import shown

FOLDER = Path(__file__).parent
FILES = {file.name: file.read_bytes() for file in (FOLDER / "static").iterdir()} | {"charts.css": STYLESHEET.encode()}
"""Styles and scripts, all of them ours; their addresses have their hashes, so that browsers may keep them for ever."""


class NotFoundError(Exception):
    """What was asked for is not there; the message is one sentence."""


class CannotError(Exception):
    """What was asked for cannot be done; the message is one sentence."""


@dataclass
class Site:
    """One archive and its pages."""

    archive: ReadOnlyArchive
    access: Access

    def __post_init__(self) -> None:
        self.steering = Steering(self.archive)
        self.documents = Documents(self.archive)
        self.pulse = Pulse(self.another_archive())  # it waits for no page

    def another_archive(self) -> ReadOnlyArchive:
        """The same one on a connection of its own, for what takes long: of one connection all pages take turns."""
        return ReadOnlyArchive(self.archive.path)

    @cached_property
    def templates(self) -> Environment:
        """Whatever a template prints is escaped, and what would not be seen in it is made visible."""
        made = Environment(
            loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, finalize=shown,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        made.filters |= formats.FILTERS
        made.globals |= {
            "archive_name": self.archive.path.name,
            "archive_path": str(self.archive.path.resolve()),
            "static": {name: f"/static/{name}?{hashlib.sha256(text).hexdigest()[:12]}" for name, text in FILES.items()},
            "word": self.access.word,
        }
        return made

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """A whole page."""
        return HTMLResponse(self.markup(template, context), status)

    def markup(self, template: str, context: Mapping[str, Any]) -> str:
        """A page, or a part of one."""
        return self.templates.get_template(template).render(context)

    def stream(self, request: Request, topic: str, making: Making, since: str) -> StreamingResponse:
        """What changes in a page, as server-sent events; a browser that comes back says what it saw last."""
        since = request.headers.get("last-event-id", since)
        return StreamingResponse(
            self.pulse.stream(topic, making, since), media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )  # fmt: skip

    @staticmethod
    def download(text: str | Iterator[str], name: str, kind: str) -> Response:
        """A file to be kept, never one to be opened as a page; one of any length comes piece by piece."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if isinstance(text, str):
            return Response(text.encode("utf-8", "replace"), media_type=kind, headers=headers)
        return StreamingResponse(text, media_type=kind, headers=headers)


def site_of(request: Request) -> Site:
    """The site a request is for."""
    found: Site = request.app.state.site
    return found


def archive_of(request: Request) -> ReadOnlyArchive:
    """The archive a request is about."""
    return site_of(request).archive


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours."""
    return await posted(request, site_of(request).access)


def known(archive: Archive, table: Literal["campaigns", "comparisons"], reference: str) -> str:
    """The id in a table that begins so.

    Raises:
        NotFoundError: if there is none, or more than one.
    """
    found = queries.starting_with(archive, table, reference)
    if len(found) != 1:
        said = f"Several {table} begin" if found else f"No {table[:-1]} begins"
        raise NotFoundError(f"{said} with {reference}.")
    return found[0]


OurSite = Annotated[Site, Depends(site_of)]
OurArchive = Annotated[ReadOnlyArchive, Depends(archive_of)]
OurForm = Annotated[dict[str, str], Depends(form_of)]
