"""What all pages share: the archive they read, who is let in, and how templates become pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evolve.archive.reading import ReadOnlyArchive
from evolve.web import formats
from evolve.web.security import Access
from evolve.web.text import shown

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


class NotFoundError(Exception):
    """What was asked for is not there; the message is one sentence."""


@dataclass
class Site:
    """One archive and its pages."""

    archive: ReadOnlyArchive
    access: Access

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
            "static": {file.name: _address(file) for file in STATIC.iterdir()},
            "word": self.access.word,
        }
        return made

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """A whole page."""
        return HTMLResponse(self.templates.get_template(template).render(context), status)


def _address(file: Path) -> str:
    """Of a static file: with its content's hash, so that browsers may keep it for ever."""
    return f"/static/{file.name}?{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"


def site_of(request: Request) -> Site:
    """The site a request is for."""
    found: Site = request.app.state.site
    return found


def archive_of(request: Request) -> ReadOnlyArchive:
    """The archive a request is about."""
    return site_of(request).archive


OurSite = Annotated[Site, Depends(site_of)]
OurArchive = Annotated[ReadOnlyArchive, Depends(archive_of)]
