"""A stand-in for an installed ParlayLib: our headers, told apart by a constant that they do not have."""

from __future__ import annotations

import shutil
from pathlib import Path

OURS = Path(__file__).resolve().parents[2] / "evaluators" / "kernels" / "include"


def stand_in(folder: Path, number: int = 1) -> Path:
    """The include folder of one below ``folder``, in whose headers ``parlay::stand_in`` is ``number``."""
    include = folder / "include"
    shutil.copytree(OURS, include)
    header = include / "parlay" / "parallel.h"
    text = header.read_text(encoding="utf-8")
    marker = f"\nnamespace parlay {{\ninline constexpr int stand_in = {number};\n}}\n"
    head, _, tail = text.rpartition("#endif")
    header.write_text(f"{head}{marker}#endif{tail}", encoding="utf-8")
    return include
