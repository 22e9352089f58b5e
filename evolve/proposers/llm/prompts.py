"""Prompts: Jinja templates, one file a prompt, known by the hash of their content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from evolve.data import prompts_folder


@dataclass(frozen=True, slots=True)
class Rendered:
    """A question ready to send.

    Attributes:
        name: of its template (``rewrite``).
        digest: hash of the content of every template file it can draw on, so that a changed prompt is another prompt.
        messages: in OpenAI's form.
    """

    name: str
    digest: str
    messages: tuple[Mapping[str, str], ...]


def fenced(text: str, language: str = "") -> str:
    """A block of code, or of plain text, with a fence longer than any in it: what is quoted cannot end it."""
    mark, least = ("`", 3) if language else ("~", 4)
    longest = max(map(len, re.findall(f"{mark}+", text)), default=0)
    fence = mark * max(least, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


class PromptLibrary:
    """The templates of one folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or prompts_folder()
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder),
            undefined=jinja2.StrictUndefined,
            autoescape=False,  # noqa: S701 - prompts are plain text, not HTML
            auto_reload=False,
            keep_trailing_newline=False,
        )
        self._environment.filters["fenced"] = fenced
        self._environment.globals.clear()  # Jinja's own, of which prompts have no use: they are copied for each
        self.digest = cache(self._content_hash)
        """Template name -> hash of the content of every file it can draw on."""

    def render(self, name: str, context: Mapping[str, Any]) -> Rendered:
        """The system message and the prompt ``name`` filled in.

        Raises:
            jinja2.TemplateError: if a template names what ``context`` lacks.
        """
        system = self._environment.get_template("system.j2").render(context)
        user = self._environment.get_template(f"{name}.j2").render(context)
        return Rendered(
            name,
            self.digest(name),
            ({"role": "system", "content": system}, {"role": "user", "content": user}),
        )

    def _content_hash(self, name: str) -> str:
        digest = hashlib.sha256()
        for path in sorted({*self._folder.glob("_*.j2"), self._folder / "system.j2", self._folder / f"{name}.j2"}):
            content = path.read_bytes()
            digest.update(f"{path.name}:{len(content)}:".encode() + content)
        return digest.hexdigest()[:16]
