"""Published results on 1||sum T_j and the reader of their instance files.

Cetinkaya, Buyuktahtakin, Shojaee & Reddy, arXiv:2510.24013 (2025), tables 2 to 6 and 8: mean gap in percent over
instances whose optimum is positive, on 800 instances of 20 jobs and 200 each of 100 and 200 jobs. (Their optima for 500
jobs are permuted within each class, so that size is left out.) Their files carry no licence; they are read where a
person has put them, never copied.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.scheduling.single_machine_tardiness.instances import Integers

SIZES = (20, 100, 200)
FILES = {20: "data_20_800_new_.npy", 100: "data_100_200.npy", 200: "data_200_200.npy"}
POSITIVE = {20: 680, 100: 163, 200: 160}
"""Instances with a positive optimum, by number of jobs."""

MEAN_GAP: Mapping[str, tuple[float, float, float]] = {
    "mdd": (1.86, 1.81, 2.07),
    "mddc": (1.70, 1.52, 2.00),
    "psk": (1.77, 1.79, 1.99),
    "eddc": (12.83, 28.12, 52.02),
    "augmented_mdd": (1.21, 1.27, 1.53),
    "augmented_mddc": (0.79, 1.08, 1.44),
}
"""Sequence baseline -> published mean gap for 20, 100 and 200 jobs."""

MEAN_GAP_OF_TIES: Mapping[str, tuple[float, float, float]] = {
    "edd": (46.48, 59.55, 63.07),
    "panneerselvam": (411.45, 3433.59, 23280.11),
}
"""Measured by us on the authors' instances: the printed 46.61/59.57/62.98 and 411.49/3433.60 break ties otherwise."""

RATIO_OF_SUMS: Mapping[str, tuple[float, float, float]] = {
    "edd": (52.63, 66.02, 68.75),
    "spt": (38.75, 52.90, 53.99),
    "panneerselvam": (29.84, 44.05, 46.45),
}
"""100 (sum H / sum OPT - 1), measured by us on the authors' instances, for rules whose mean gap a few easy instances
make."""


def mean_gap(objectives: Integers, best: Integers) -> tuple[float, float]:
    """Mean of 100 (H - OPT) / OPT over instances with OPT > 0, and the deviation of one instance."""
    positive = best > 0
    gaps = 100 * (objectives[positive] / best[positive] - 1)
    return float(gaps.mean()), float(gaps.std(ddof=1))


def ratio_of_sums(objectives: Integers, best: Integers) -> tuple[float, float]:
    """100 (sum H / sum OPT - 1), and the deviation of one instance in it (linearised)."""
    ratio = objectives.sum() / best.sum()
    return float(100 * (ratio - 1)), float(100 * (objectives - ratio * best).std(ddof=1) / best.mean())


@dataclass(frozen=True, slots=True)
class AuthorsInstances:
    """Instances of one file.

    Attributes:
        p: processing times, (instances, jobs).
        d: due dates, (instances, jobs).
        optimum: least total tardiness as given in the file, (instances,).
    """

    p: Integers
    d: Integers
    optimum: Integers


class _NumbersOnly(pickle.Unpickler):
    """Builds numpy arrays and numbers, nothing else: a pickle may otherwise run any code."""

    _ALLOWED = frozenset({("multiarray", "_reconstruct"), ("multiarray", "scalar"), ("numpy", "ndarray"),
                          ("numpy", "dtype"), ("_codecs", "encode")})  # fmt: skip

    def find_class(self, module: str, name: str) -> Any:
        short = "multiarray" if module in ("numpy.core.multiarray", "numpy._core.multiarray") else module
        if (short, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which instances do not need")
        return super().find_class("numpy._core.multiarray" if short == "multiarray" else module, name)


def read_authors_file(path: Path) -> AuthorsInstances:
    """Instances in one of the authors' ``.npy`` files (an object array of dictionaries).

    Raises:
        ValueError: if the file is something else.
    """
    with path.open("rb") as stream:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError(f"{path}: not a version 1.0 .npy file")
        np.lib.format.read_array_header_1_0(stream)
        try:
            records: Sequence[Mapping[str, Any]] = _NumbersOnly(stream).load().tolist()
        except pickle.UnpicklingError as error:
            raise ValueError(f"{path}: {error}") from None

    def column(name: str) -> NDArray[np.int64]:
        return np.array([record[name] for record in records], dtype=np.int64)

    return AuthorsInstances(column("processing_times"), column("due_dates"), column("optimal_solution"))
