"""A template and its facts to a file that stands alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evolve.charts.style import STYLESHEET

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).parent
_WEB = _FOLDER.parent / "web"


class ReportError(ValueError):
    """There is nothing to report on; the message is one sentence."""


def page(template: str, context: Mapping[str, Any]) -> str:
    """The whole file. Its policy lets a browser take its one stylesheet and nothing else, from nowhere.

    Args:
        template: name of it.
        context: what it tells.
    """
    made = _environment().get_template(template)
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    given = {**context, "policy": f"default-src 'none'; style-src 'sha256-{digest}'", "kilobytes": 0}
    size = len(made.render(given).encode())
    return made.render({**given, "kilobytes": max(1, round(size / 1000))})


@cache
def _style() -> str:
    """That of the pages in a browser and of charts, and what a report needs beyond."""
    own = (_FOLDER / "templates" / "report.css").read_text(encoding="utf-8")
    return "\n".join(((_WEB / "static" / "evolve.css").read_text(encoding="utf-8"), STYLESHEET, own))


def _day(moment: float) -> str:
    """Of a Unix time, wherever the report is made."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"


@cache
def _environment() -> Environment:
    from importlib import metadata

    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from evolve.web.formats import FILTERS
    from evolve.web.text import shown

    made = Environment(
        loader=FileSystemLoader((_FOLDER / "templates", _WEB / "templates")), autoescape=True,
        undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {**FILTERS, "utc_day": _day}
    made.globals |= {"style": Markup(_style()), "release": metadata.version("evolve-heuristics")}  # noqa: S704
    return made
