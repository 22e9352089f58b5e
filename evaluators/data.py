"""The only way to a data set: inside the installed package, else beside the packages in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def dataset_path(name: str) -> Traversable:
    """Folder of the data set ``name``.

    Raises:
        FileNotFoundError: naming the data set and the two places looked in.
    """
    installed = files("evaluators").joinpath("_data", "datasets", name)
    if installed.is_dir():
        return installed
    checkout = Path(__file__).resolve().parent.parent / "datasets" / name
    if checkout.is_dir():
        return checkout
    raise FileNotFoundError(f"data set {name!r} is neither in {installed} nor in {checkout}")
