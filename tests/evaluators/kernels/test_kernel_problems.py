"""The kernels' cascade, for real: published baselines pass all of it, and each bad candidate is told apart.

A bad candidate lies in ``candidates/PROBLEM/VERDICT-what.cpp``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluators.baselines import baseline
from evaluators.candidate import Candidate
from evaluators.evaluation import told
from evaluators.kernels.kernel import Kernel, Output
from evaluators.problem import WrongAnswerError
from evaluators.registry import load_problem, problem_folders

CANDIDATES = Path(__file__).parent / "candidates"
KERNELS = sorted(
    name for name in problem_folders() if name.startswith("kernels/") and isinstance(load_problem(name), Kernel)
)
BASELINES = [(name, stem) for name in KERNELS for stem in load_problem(name).spec.entry_point().baselines]
BAD = sorted(path.relative_to(CANDIDATES).as_posix() for path in CANDIDATES.glob("*/*.cpp"))
SAMPLE = {"histogram/data_race-plain-counts.cpp", "spmv/memory_error-row-behind-the-last.cpp"}
UNTIMED = ("smoke", "memory", "races")


def test_there_are_at_least_three_bad_candidates_for_each():
    for name in KERNELS:
        family, _, kernel = name.partition("/")
        assert family == "kernels"
        assert len([bad for bad in BAD if bad.startswith(f"{kernel}/")]) >= 3, name


@pytest.mark.parametrize("name", KERNELS)
def test_the_sequential_baseline_answers_every_family_rightly(bench, name):
    evaluator = bench(name)
    entry = evaluator.entry
    judged = evaluator.evaluate(baseline(evaluator.problem.spec, entry, entry.seeds[0]), "train", stages=("smoke",))
    assert (judged.verdict.value, judged.stage) == ("ok", "smoke"), judged.feedback


@pytest.mark.parametrize("name", KERNELS)
def test_nothing_is_no_answer(name):
    """Zeros, which an output is full of before the kernel is called, are wrong wherever there is something to do."""
    problem = load_problem(name)
    assert isinstance(problem, Kernel)
    wrong = 0
    for instance in problem.smoke():
        drawn = problem.drawn(instance)
        zeros = [np.zeros(a.count, a.dtype) for a in drawn.arguments if isinstance(a, Output)]
        try:
            problem.check(drawn, zeros)
        except WrongAnswerError:
            wrong += 1
    assert wrong >= 5  # of a connected graph they are the right labels


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        pytest.param(
            name, stem, marks=() if (name, stem) == ("kernels/histogram", "private_counts") else pytest.mark.verify
        )
        for name, stem in BASELINES
    ],
)
def test_a_baseline_passes_the_whole_cascade(bench, name, stem):
    evaluator = bench(name)
    judged = evaluator.evaluate(baseline(evaluator.problem.spec, evaluator.entry, stem), "train")
    assert (judged.verdict.value, judged.feedback) == ("ok", "")
    assert [stage.name for stage in judged.stages] == ["screen", "build", "smoke", "train", "memory", "races"]
    assert judged.values.keys() == {"elapsed", "cpu", "predicted"} and judged.score == judged.values["elapsed"]
    facts = judged.stages[-1].facts
    assert facts["work"] >= facts["burdened_span"] / 100 and facts["work"] >= facts["span"] > 0
    serial = stem == evaluator.entry.baselines[0]
    assert (facts["parallelism"] == 1.0) == serial
    assert judged.values["predicted"] == pytest.approx(judged.values["cpu"] / facts["predicted_speedup"])
    assert f"parallelism {facts['parallelism']:.3g}" in told(evaluator.problem, judged)


@pytest.mark.parametrize("bad", [pytest.param(bad, marks=() if bad in SAMPLE else pytest.mark.verify) for bad in BAD])
def test_a_bad_candidate_gets_its_verdict(bench, bad):
    kernel, _, file = bad.partition("/")
    verdict = file.partition("-")[0]
    evaluator = bench(f"kernels/{kernel}")
    candidate = Candidate.of_text((CANDIDATES / bad).read_text(encoding="utf-8"), evaluator.entry.file, "cpp")
    stages = None if verdict == "time_limit" else UNTIMED
    judged = evaluator.evaluate(candidate, "train", stages=stages)
    assert judged.verdict.value == verdict, judged.feedback
    assert judged.feedback and judged.progress is not None and 0.0 <= judged.progress < 1.0
    if verdict == "data_race":  # both lines, as they are written
        assert "line " in judged.feedback and "(`" in judged.feedback
