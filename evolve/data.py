"""Where the data files of this package lie: the only way to a prompt."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent


def prompts_folder() -> Path:
    """The folder of the prompt templates: installed with the package, else the checkout's.

    Raises:
        FileNotFoundError: if there is neither; the message names both places.
    """
    installed = Path(str(files("evolve"))) / "_data" / "prompts"
    checkout = _CHECKOUT / "prompts"
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the prompt templates are neither in {installed} nor in {checkout}; install evolve again")
