"""Published figures of online bin packing, on instances of ours and, where a person has put them, on FunSearch's.

Two samples of instances differ: a mean of ours may stray from theirs by three standard errors of the difference.
"""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import numpy as np
import pytest

from evaluators.baselines import baseline
from evaluators.packing.online_bin_packing.bounds import volume_bound
from evaluators.packing.online_bin_packing.harness import policy, simulator
from evaluators.packing.online_bin_packing.instances import FAMILIES
from evaluators.packing.online_bin_packing.problem import instance
from evaluators.registry import load_problem
from evaluators.toolchains import python

PROBLEM = load_problem("packing/online-bin-packing")
ENTRY = PROBLEM.spec.entry_point()
SETS = {
    "OR1": ("uniform", 120, 20, 200),
    "OR2": ("uniform", 250, 20, 100),
    "OR3": ("uniform", 500, 20, 60),
    "OR4": ("uniform", 1000, 20, 30),
    "Weibull 1k": ("weibull", 1000, 5, 30),
    "Weibull 5k": ("weibull", 5000, 5, 5),
    "Weibull 10k": ("weibull", 10_000, 5, 2),
}
"""Family, items, their instances, ours."""
FUNSEARCH = ("OR1", "OR2", "OR3", "OR4", "Weibull 5k", "Weibull 10k")
EXCESS = {
    # Romera-Paredes et al., Nature 625 (2024), table 1
    "first_fit": dict(zip(FUNSEARCH, (6.42, 6.45, 5.74, 5.23, 4.23, 4.20), strict=True)),
    "best_fit": dict(zip(FUNSEARCH, (5.81, 6.06, 5.37, 4.94, 3.98, 3.90), strict=True)),
    "funsearch_or": {"OR1": 5.30, "OR2": 4.19, "OR3": 3.11, "OR4": 2.47},
    "funsearch_weibull": {"Weibull 5k": 0.68, "Weibull 10k": 0.32},
    # Liu et al., ICML 2024 (arXiv:2401.02051), table 1
    "eoh": {"Weibull 1k": 2.24, "Weibull 5k": 0.80, "Weibull 10k": 0.61},
}
BINS = {
    # Mean numbers of bins printed in google-deepmind/funsearch, bin_packing/bin_packing.ipynb
    "OR3": {"best_fit": 212.0, "funsearch_or": 207.45},
    "Weibull 5k": {"best_fit": 2067.0, "funsearch_weibull": 2001.4},
}


def bins_used(name, instances):
    candidate = baseline(PROBLEM.spec, ENTRY, name)
    elementwise = python.screen(candidate, ENTRY, PROBLEM.spec.source_limit).elementwise
    found = np.zeros(len(instances))
    for request in PROBLEM.requests(instances, ENTRY, elementwise):
        response = simulator.serve(request.payload, policy.load(candidate.files))
        found[list(request.indices)] = PROBLEM.judge(request, response, instances).objectives
    return found


@pytest.mark.parametrize(
    "label",
    [pytest.param(label, marks=pytest.mark.verify if items > 5000 else ()) for label, (_, items, *_) in SETS.items()],
)
def test_published_excess(label) -> None:
    family, items, theirs, ours = SETS[label]
    capacity = FAMILIES[family].capacity
    drawn = FAMILIES[family].draw(26_000 + items, ours, items)
    instances = [instance(f"x{k}", label, row, capacity) for k, row in enumerate(drawn)]
    bounds = np.array([volume_bound(row, capacity) for row in drawn])
    for name, known in EXCESS.items():
        if label in known:
            excess = 100 * (bins_used(name, instances) / bounds - 1)
            error = excess.std(ddof=1) * np.sqrt(1 / ours + 1 / theirs)
            assert abs(excess.mean() - known[label]) <= 3 * error, (name, excess.mean(), error)


def read_notebook(path):
    """Instances in FunSearch's notebook; nothing of it is executed."""
    found = {}
    for cell in json.loads(Path(path).read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "datasets[" not in source:
            continue
        for node in ast.parse(source).body:
            match node:
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id="datasets"), slice=ast.Constant(value=label))]
                ):
                    found[label] = ast.literal_eval(node.value)
    return found


def check_notebook(path, expected):
    sets = read_notebook(path)
    assert set(sets) == set(expected)
    for label, known in expected.items():
        instances = [
            instance(name, label, np.array(data["items"]), data["capacity"]) for name, data in sets[label].items()
        ]
        for name, bins in known.items():
            assert bins_used(name, instances).mean() == pytest.approx(bins, abs=1e-6), (label, name)


if "EVOLVE_BIN_PACKING_DATA" in os.environ:

    def test_published_bins_on_the_authors_instances() -> None:
        check_notebook(os.environ["EVOLVE_BIN_PACKING_DATA"], BINS)


def test_notebooks_of_the_authors_kind_are_read(tmp_path) -> None:
    data = {"x": {"capacity": 10, "num_items": 3, "items": [6, 5, 4]}}
    code = f"import numpy as np\ndatasets = {{}}\ndatasets['A'] = {data}\n"
    cells = [{"cell_type": "markdown", "source": ["datasets['B'] = 1"]}, {"cell_type": "code", "source": [code]}]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}))
    check_notebook(tmp_path / "x.ipynb", {"A": {"best_fit": 2.0, "first_fit": 2.0}})
