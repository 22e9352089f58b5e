"""How far a failed kernel has come, and what becomes of one that is not parallel enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluators.baselines import baseline
from evaluators.candidate import Candidate
from evaluators.checking import RESTARTS
from evaluators.evaluation import told
from evaluators.verdicts import Verdict

HEAD = "#include <cstddef>\n#include <cstdint>\n#include <cstdlib>\n"
SIGNATURE = "void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts)"
COUNT = "for (std::size_t i = 0; i < n; ++i) ++counts[keys[i]];"


def program(before: str = "", after: str = "", head: str = "") -> Candidate:
    return Candidate.of_text(f"{HEAD}{head}{SIGNATURE} {{ {before} {COUNT} {after} }}\n", "candidate.cpp", "cpp")


@pytest.fixture(scope="module")
def histogram(bench):
    return bench("kernels/histogram")


@pytest.fixture(scope="module")
def inputs(histogram) -> tuple[int, int]:
    """Families and sizes of the check inputs."""
    return len(histogram.problem.families), len(histogram.problem.small)


def test_a_wrong_answer_tells_which_inputs_are_right(histogram, inputs):
    families, sizes = inputs
    found = histogram.evaluate(program("if (n > 500 && m > 300) --n;"), "train")
    assert (found.verdict, found.stage, found.score) == (Verdict.WRONG_ANSWER, "smoke", None)
    facts = found.stages[-1].facts
    assert (facts["check_inputs"], facts["check_inputs_passed"]) == (families * sizes, families * sizes - 8)
    assert (facts["check_families"], facts["check_families_passed"]) == (families, families - 4)
    assert found.progress == pytest.approx(0.2 + 0.2 * (1 - 8 / (families * sizes)), abs=1e-6)
    first, counted, progress = found.feedback.splitlines()
    assert first.startswith("uniform/many input of size 1000: the count of key ")
    assert "uniform/many (2 wrong, the least small-uniform/many-1000), zipf/many (2 wrong" in counted
    assert "all of 7 of 11 families" in counted and "not tried" not in counted
    assert progress == f"progress {found.progress:.2f} of 1: it has passed screen, build"


def test_a_crash_costs_the_input_it_happens_on(histogram, inputs):
    families, sizes = inputs
    found = histogram.evaluate(program("if (n > 10'000 && m == 100'000) std::abort();"), "train", stages=["smoke"])
    assert (found.verdict, found.stage) == (Verdict.RUNTIME_ERROR, "smoke")
    assert found.stages[-1].facts["check_inputs_passed"] == families * sizes - 2
    assert found.feedback.startswith("on small-uniform/many-20011: it ended with signal 6")


def test_crashes_everywhere_and_limits_end_the_run(bench, histogram, inputs):
    families, _ = inputs
    found = histogram.evaluate(program("if (n == 17) std::abort();"), "train", stages=["smoke"])
    assert found.verdict is Verdict.RUNTIME_ERROR
    assert found.stages[-1].facts["check_inputs_passed"] == 4 * families
    assert f"not tried: {3 * families - 1 - RESTARTS}" in found.feedback
    hurried = bench("kernels/histogram", limits={"cpu_seconds": 0.3, "wall_seconds": 3.0})
    found = hurried.evaluate(program("if (n == 17) for (volatile int k = 1; k;) {}"), "train", stages=["smoke"])
    assert found.verdict is Verdict.TIME_LIMIT
    assert found.stages[-1].facts["check_inputs_passed"] == 4 * families
    assert f"not tried: {3 * families - 1}" in found.feedback


def test_each_rung(histogram):
    broken = histogram.evaluate(program("int x = ;"), "train")
    assert (broken.verdict, broken.progress) == (Verdict.BUILD_ERROR, 0.0)
    assert histogram.evaluate(program("int main;", head="int asm;"), "train").progress == 0.0  # the screen
    over = program("volatile std::int64_t x[4] = {}; volatile int at = 4; if (n == 3) x[0] = x[at];")
    found = histogram.evaluate(over, "train", stages=["smoke", "memory"])
    assert (found.verdict, found.progress) == (Verdict.MEMORY_ERROR, 0.4)
    assert found.feedback.endswith("progress 0.40 of 1: it has passed screen, build, smoke")
    right = histogram.evaluate(program(), "train", stages=["smoke"])
    assert (right.verdict, right.progress) == (Verdict.OK, None)


DECORATED = (
    "volatile std::int64_t nothing[2] = {}; parlay::parallel_for(0, 2, [&](std::size_t k) { nothing[k] = 1; });",
    "#include <parlay/parallel.h>\n",
)


def test_a_problem_may_demand_parallelism(bench):
    demanding = bench("kernels/histogram", parallelism=3.0)
    assert told(demanding.problem, demanding.evaluate(program(), "train", stages=["races"])) == ""
    found = demanding.evaluate(program(DECORATED[0], head=DECORATED[1]), "train", stages=["races"])
    assert (found.verdict, found.stage, found.score) == (Verdict.REJECTED, "races", None)
    assert "its parallelism, work divided by span, is 1" in found.feedback
    assert "demands at least 3. Serial code around a decorative parallel_for earns nothing" in found.feedback
    assert 0.2 + 0.2 / 3 <= found.progress < 0.3
    lenient = bench("kernels/histogram")
    assert lenient.evaluate(program(), "train", stages=["races"]).verdict is Verdict.OK


def test_its_own_baselines_keep_their_verdict(bench):
    demanding = bench("kernels/histogram", parallelism=3.0)
    serial, counts = (
        demanding.evaluate(baseline(demanding.problem.spec, demanding.entry, name), "train", stages=["races"])
        for name in ("serial", "private_counts")
    )
    assert serial.verdict is counts.verdict is Verdict.OK
    assert "this problem demands at least 3" in serial.stages[-1].feedback
    assert "demands" not in counts.stages[-1].feedback


def test_what_cannot_be_measured_is_not_parallel_enough(bench):
    own = program("std::thread one([] {}); one.join();", head="#include <thread>\n")
    found = bench("kernels/histogram", parallelism=3.0).evaluate(own, "train", stages=["races"])
    assert found.verdict is Verdict.REJECTED and "its work and span cannot be measured" in found.feedback


def test_pairs_end_early_for_who_is_clearly_slower_and_on_train_for_who_is_known(bench, monkeypatch):
    """On clocks that always say the same, so that a score is 100 exactly."""
    evaluator = bench("kernels/prefix-sum", pairs=5)
    real = evaluator.pool.run_in_turn

    def steady(jobs, ready=None):
        ones = (1.0,) * len(jobs[0].requests)
        return [replace(run, response_seconds=ones, response_cpu_seconds=ones) for run in real(jobs, ready)]

    monkeypatch.setattr(evaluator.pool, "run_in_turn", steady)
    serial = baseline(evaluator.problem.spec, evaluator.entry, "serial")
    for split, height, complete, pairs in (
        ("validation", 50.0, False, 3), ("validation", 5000.0, True, 5), ("train", 5000.0, True, 3),
    ):  # fmt: skip
        one = evaluator.problem.instances(split)[:1]
        found = evaluator.evaluate(serial, split, instances=one, bar=np.array([height]), stages=[split])
        assert (found.verdict, found.complete, found.feedback) == (Verdict.OK, complete, "")
        assert [found.score, *found.confidence] == pytest.approx([100.0] * 3)
        assert found.stages[-1].feedback == ("" if complete else "stopped by racing")
        assert dict(found.stages[-1].facts) == {"pairs": pairs}


def test_a_crowded_machine_is_waited_for_and_told(histogram, monkeypatch, tmp_path):
    from evaluators import run_queue

    queue = tmp_path / "loadavg"
    monkeypatch.setattr(run_queue, "LOADAVG", queue)
    monkeypatch.setattr(run_queue, "PATIENCE", 0.05)
    pairs = len(histogram.problem.instances("train"))
    for running, crowded in (("1/200", 0), ("1000/2000", pairs)):
        queue.write_text(f"0.00 0.00 0.00 {running} 1\n")
        found = histogram.evaluate(program(), "train", stages=["train"])
        assert found.verdict is Verdict.OK
        assert dict(found.stages[-1].facts) == {"pairs": pairs, "crowded": crowded}
