"""Writing a report to a folder."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evolve.rcbench.results import RunResults

if TYPE_CHECKING:
    from evolve.archive import Archive

FORMATS = ("html", "json", "csv", "png", "svg")


def write_report(
    archive: Archive,
    document: Mapping[str, Any],
    runs: Mapping[str, RunResults],
    folder: Path,
    formats: Collection[str] = FORMATS,
) -> list[Path]:
    """Write the report in the formats asked for.

    Args:
        archive: that holds the instances and answers.
        document: of :func:`evolve.rcbench.report.document.report`.
        runs: by the name the document has for each.
        folder: made if it is not there; files of the same names are replaced.
        formats: of ``FORMATS``.

    Returns:
        What was written; the pages of instances are in ``instances``.

    Raises:
        OSError: if the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    if "html" in formats:
        from evolve.rcbench.report.pages import write_pages

        written += write_pages(archive, document, runs, folder)
    if "json" in formats:
        written.append(folder / "report.json")
        written[-1].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if "csv" in formats:
        from evolve.rcbench.report.tables import write_tables

        written += write_tables(document, runs, folder)
    pictures = [suffix for suffix in ("png", "svg") if suffix in formats]
    if pictures:
        from evolve.rcbench.report.static import write_figures

        written += write_figures(document, folder, pictures)
    return written
