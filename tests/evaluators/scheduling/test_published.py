"""Published mean gaps, reproduced on instances of ours and, where a person has put them, on the authors'.

Two samples of instances differ: a mean of ours may stray from theirs by three standard errors of the difference, theirs
being of the number of instances they had. Rules whose mean gap a few easy instances make are held to the ratio of sums.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from evaluators.baselines import baseline
from evaluators.registry import load_problem
from evaluators.scheduling.single_machine_tardiness import published, references
from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import BLOCKS, total_tardiness

PER_CLASS_IN_CI = {20: 100, 100: 10, 200: 1}


def tardiness(name, p, d):
    problem = load_problem("scheduling/single-machine-tardiness")
    space = {}
    exec(baseline(problem.spec, problem.spec.entry_point("sequence"), name).text(), space)
    return total_tardiness(p, d, dispatch.sequences(space["sequence"], p, d))


def check(block, per_class):
    known = references.load("published", block)
    rows = np.arange(block.count).reshape(-1, block.per_class)[:, :per_class].ravel()
    p, d, best = known.p[rows], known.d[rows], known.values[rows]
    size = published.SIZES.index(block.jobs)
    count = int((best > 0).sum())
    shared = np.sqrt(1 / count + 1 / published.POSITIVE[block.jobs])
    for name, gaps in published.MEAN_GAP.items():
        mean, deviation = published.mean_gap(tardiness(name, p, d), best)
        assert abs(mean - gaps[size]) <= 3 * deviation * shared, (name, mean)
    theirs = 800 if block.jobs == 20 else 200
    for name, ratios in published.RATIO_OF_SUMS.items():
        ratio, deviation = published.ratio_of_sums(tardiness(name, p, d), best)
        assert abs(ratio - ratios[size]) <= 3 * deviation * np.sqrt(1 / len(rows) + 1 / theirs), (name, ratio)


@pytest.mark.parametrize("block", BLOCKS["published"], ids=lambda block: block.part)
def test_published_gaps_on_a_sample(block) -> None:
    check(block, PER_CLASS_IN_CI[block.jobs])


@pytest.mark.verify
@pytest.mark.parametrize("block", BLOCKS["published"], ids=lambda block: block.part)
def test_published_gaps_on_two_thousand_instances(block) -> None:
    assert block.count == 2000
    check(block, block.per_class)


def check_authors_file(folder, jobs):
    theirs = published.read_authors_file(Path(folder) / published.FILES[jobs])
    assert theirs.p.shape[1] == jobs
    assert (theirs.optimum > 0).sum() == published.POSITIVE[jobs]
    for name, gaps in {**published.MEAN_GAP, **published.MEAN_GAP_OF_TIES}.items():
        mean, _ = published.mean_gap(tardiness(name, theirs.p, theirs.d), theirs.optimum)
        assert mean == pytest.approx(gaps[published.SIZES.index(jobs)], abs=0.05), name


if "EVOLVE_SMTT_DATA" in os.environ:

    @pytest.mark.parametrize("jobs", published.SIZES)
    def test_published_gaps_on_the_authors_instances(jobs) -> None:
        check_authors_file(os.environ["EVOLVE_SMTT_DATA"], jobs)


def write_pickled(path, records):
    array = np.empty(len(records), dtype=object)
    array[:] = records
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": array.shape})
        pickle.dump(array, stream, protocol=2)


def test_files_of_the_authors_kind_are_read(tmp_path) -> None:
    record = {"processing_times": np.array([3, 4]), "due_dates": np.array([1, -2]), "optimal_solution": np.int64(10)}
    write_pickled(tmp_path / "x.npy", [record, record])
    read = published.read_authors_file(tmp_path / "x.npy")
    assert read.p.tolist() == [[3, 4], [3, 4]]
    assert read.d.tolist() == [[1, -2], [1, -2]]
    assert read.optimum.tolist() == [10, 10]


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_files_that_would_run_code_are_refused(tmp_path) -> None:
    write_pickled(tmp_path / "evil.npy", [Evil()])
    with pytest.raises(ValueError, match=r"evil.npy: the file asks for \w+\.system, which instances do not need"):
        published.read_authors_file(tmp_path / "evil.npy")
