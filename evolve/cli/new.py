"""`evolve new`: the skeleton of a problem of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from evolve.cli.common import BadInputError, JsonOption, log, print_json

SKELETON = Path(__file__).parent.parent / "skeleton"


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; must not exist or be empty.")],
    as_json: JsonOption = False,
) -> None:
    """Make a new problem that passes `evolve eval` at once; change it into yours."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInputError(f"{folder}: exists and is not an empty folder")
    try:
        shutil.copytree(SKELETON, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    except OSError as error:
        raise BadInputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    if as_json:
        print_json({"folder": str(folder), "files": sorted(str(p) for p in folder.rglob("*") if p.is_file())})
        return
    log(f"made {folder}; next: evolve eval {folder} {folder / 'candidate.py'}, then evolve run {folder} --minutes 1")
