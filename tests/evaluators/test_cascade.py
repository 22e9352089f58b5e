"""Each verdict from a real sandbox, racing, limits, stages; nothing a candidate says of itself counts."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest

from evaluators.baselines import baseline, baselines
from evaluators.candidate import Candidate
from evaluators.verdicts import Verdict
from sandboxes import Outcome, Reason

TARDINESS = "scheduling/single-machine-tardiness"
ROUND_ROBIN = "def assign(p, m):\n    return [j % m for j in range(len(p))]\n"


def assign(body: str, before: str = "") -> Candidate:
    """A candidate of the skeleton's problem; ``body`` comes before a correct answer."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return Candidate.of_text(f"{before}\ndef assign(p, m):\n{lines}    return [j % m for j in range(len(p))]\n")


@pytest.fixture
def evaluator(folder, edit, make_evaluator):
    small = "[limits]\nprocesses = 8\nmemory_bytes = 134217728\ndisk_bytes = 1048576\nresponse_bytes = 100000\n"
    edit(
        folder / "problem.toml",
        ("[limits] # of one evaluation on `train`\n", small),
        ("cpu_seconds = 10.0", "cpu_seconds = 0.5"),
        ("wall_seconds = 20.0", "wall_seconds = 3.0"),
    )
    return make_evaluator(folder)


def test_ok_with_everything_that_was_found(evaluator):
    found = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    instances = evaluator.problem.instances("train")
    assert (found.verdict, found.ok, found.stage, found.split, found.complete) == (
        Verdict.OK,
        True,
        "train",
        "train",
        True,
    )
    assert [(s.name, s.verdict.value) for s in found.stages] == [("screen", "ok"), ("smoke", "ok"), ("train", "ok")]
    expected = [evaluator.problem.score(i, [j % i.data["m"] for j in range(len(i.data["p"]))]) for i in instances]
    assert found.instance_scores.tolist() == [judged.score for judged in expected]
    assert found.instance_objectives.tolist() == [judged.objective for judged in expected]
    assert found.score == pytest.approx(np.mean([judged.score for judged in expected]))
    assert found.values == {"gap": found.score}
    assert found.confidence[0] < found.score < found.confidence[1]
    assert found.candidate_id == Candidate.of_text(ROUND_ROBIN).id
    assert 0 < found.resources.cpu_seconds < 0.5
    assert 0 < found.resources.wall_seconds < 3
    assert found.resources.peak_memory_bytes > 0
    assert (found.feedback, found.sandbox) == ("", "bubblewrap")
    assert len(found.environment) == 16
    assert len(found.decisions_digest) == 64


def test_same_decisions_have_the_same_digest_and_others_another(evaluator):
    one = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train").decisions_digest
    assert evaluator.evaluate(assign("x = 1"), "train").decisions_digest == one
    assert evaluator.evaluate(assign("return [0] * len(p)"), "train").decisions_digest != one


@pytest.mark.parametrize(
    ("body", "verdict", "said"),
    [
        ("return [m] * len(p)", "wrong_answer", "train-000: job 0 is on machine 4; there are 0 to 3"),
        ("return [0]", "wrong_answer", "train-000: the answer must be a list with one machine for each job"),
        ("return [-1] * len(p)", "wrong_answer", "job 0 is on machine -1"),
        ("return 1 / 0", "runtime_error", "ZeroDivisionError: division by zero"),
        ("return None", "runtime_error", "TypeError"),
        ("raise SystemExit(3)", "runtime_error", "3"),
        ("import os; os._exit(5)", "runtime_error", "it left with exit code 5 before answering"),
        ("import ctypes; ctypes.string_at(0)", "runtime_error", "killed by signal 11"),
        ("return assign(p, m)", "runtime_error", "RecursionError"),
        ("while True: pass", "time_limit", "limit hit after"),
        ("import time; time.sleep(60)", "time_limit", "wall limit hit after"),
        ("x = bytearray(1 << 29)", "memory_limit", ""),
        ("import os\nfor _ in range(50):\n    if os.fork() == 0: __import__('time').sleep(9)", "process_limit", ""),
        ("print('x' * 1000000, flush=True)", "output_limit", "output limit hit"),
        ("open('big', 'wb').write(bytes(1 << 23))", "disk_limit", "disk limit hit"),
        ("import socket; socket.create_connection(('1.1.1.1', 80), 1)", "runtime_error", "Error"),
        ("import pytest", "runtime_error", "No module named 'pytest'"),
    ],
)
def test_verdicts_of_failures_on_the_first_instance(evaluator, body, verdict, said):
    found = evaluator.evaluate(assign(body), "train")
    assert (found.verdict.value, found.stage, found.ok) == (verdict, "smoke", False), found.feedback
    assert said in found.feedback
    assert [(s.name, s.verdict.value) for s in found.stages] == [("screen", "ok"), ("smoke", verdict)]
    assert found.stages[-1].feedback == found.feedback
    assert (found.score, found.confidence, found.instance_scores, found.instance_objectives) == (None,) * 4
    assert (found.values, found.decisions_digest) == ({}, "")


def test_failure_after_smoke_is_named_after_the_split(evaluator):
    candidate = assign("calls.append(1)\nif len(calls) > 4: 1 / 0", "calls = []")
    found = evaluator.evaluate(candidate, "train")
    assert (found.verdict.value, found.stage) == ("runtime_error", "train")
    assert [(s.name, s.verdict.value) for s in found.stages] == [
        ("screen", "ok"), ("smoke", "ok"), ("train", "runtime_error"),
    ]  # fmt: skip
    assert "line 4, in assign" in found.feedback


def test_rejected_candidates_never_reach_a_sandbox(folder, make_evaluator, evaluator_pool):
    pool = _Counting(evaluator_pool)
    found = make_evaluator(folder, pool=pool).evaluate(Candidate.of_text("def assign(p): return p"), "train")
    assert (found.verdict.value, found.stage, pool.jobs) == ("rejected", "screen", [])
    assert found.feedback == "assign must take 2 arguments: def assign(p, m):"


@pytest.mark.parametrize(
    "body",
    [
        "import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'')\n    except OSError: pass\nprint(-1)",
        "import sys; sys.stderr.write('WrongAnswer: no\\n{\"score\": -5}\\n'); print('score: -100')",
    ],
)
def test_what_a_candidate_says_changes_nothing(evaluator, body):
    honest = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    found = evaluator.evaluate(assign(body), "train")
    assert (found.verdict, found.score, found.decisions_digest) == (
        honest.verdict,
        honest.score,
        honest.decisions_digest,
    )


def test_forged_frames_are_judged_as_decisions(evaluator):
    """What it writes on any descriptor is at most an answer, and an answer is judged."""
    perfect = json.dumps({"score": 0.0, "objective": 0}).encode()
    forged = "import os, struct\nfor fd in range(3, 20):\n    try: os.write(fd, struct.pack('<I', {}) + {})\n" + (
        "    except OSError: pass\nimport time; time.sleep(0.05)"
    )
    found = evaluator.evaluate(assign(forged.format(len(perfect), perfect)), "train")
    assert found.verdict in (Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR, Verdict.OUTPUT_LIMIT, Verdict.TIME_LIMIT)
    assert found.score is None


def test_a_harness_may_call_an_answer_wrong(folder, edit, make_evaluator):
    complaint = "raise type('WrongAnswer', (Exception,), {'__module__': 'builtins'})('sums to NaN')"
    edit(folder / "harness" / "run.py", ("        data = json.loads(request)", f"        {complaint}"))
    found = make_evaluator(folder).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert (found.verdict.value, found.feedback) == ("wrong_answer", "sums to NaN")


@pytest.mark.parametrize("answer", [b"[1e999]", b"9" * 5000, b"NaN", b"\xff", b"[" * 90_000])
def test_hostile_answers_are_wrong_and_end_no_campaign(folder, edit, make_evaluator, answer):
    edit(
        folder / "harness" / "run.py",
        ("return json.dumps([int(machine) for machine in answer]).encode()", f"return {answer!r}"),
    )
    assert make_evaluator(folder).evaluate(Candidate.of_text(ROUND_ROBIN), "train").verdict is Verdict.WRONG_ANSWER


def test_defect_of_the_trusted_part_is_not_the_candidates_fault(folder, edit, make_evaluator):
    edit(folder / "problem.py", ("bound = instance.reference or 1.0", "bound = undefined"))
    found = make_evaluator(folder).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert found.verdict is Verdict.INTERNAL_ERROR
    assert "problem.py failed while judging: NameError" in found.feedback


def test_smoke_may_be_left_out(folder, edit, make_evaluator):
    edit(folder / "problem.toml", ('name = "mine/', 'stages = ["screen", "train", "validation"]\nname = "mine/'))
    found = make_evaluator(folder).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert [stage.name for stage in found.stages] == ["screen", "train"]


# ---- stages, instances, limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stages", "names", "scored"),
    [
        (("screen",), ["screen"], False),
        (("smoke",), ["screen", "smoke"], False),
        (("screen", "smoke"), ["screen", "smoke"], False),
        (("train",), ["screen", "train"], True),
        (("screen", "smoke", "train"), ["screen", "smoke", "train"], True),
    ],
)
def test_stages_asked_for(evaluator, stages, names, scored):
    found = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train", stages=stages)
    assert ([s.name for s in found.stages], found.stage, found.verdict) == (names, names[-1], Verdict.OK)
    assert (found.score is not None) is scored


def test_instances_given_take_the_place_of_the_fixed_ones(evaluator):
    every = evaluator.problem.instances("test", secret="5e")
    assert len(every) == 60
    fresh = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "test", instances=every[40:43])
    assert (fresh.split, fresh.stage, len(fresh.instance_scores)) == ("test", "test", 3)
    whole = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "test", instances=every)
    assert whole.instance_scores[40:43].tolist() == fresh.instance_scores.tolist()
    assert len(evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "test").instance_scores) == 40


def test_time_limits_grow_with_the_effort_and_others_do_not(evaluator):
    candidate = Candidate.of_text(ROUND_ROBIN)
    limits = {split: evaluator.job(candidate, evaluator.frames(split, False)).limits for split in ("train", "test")}
    assert limits["train"].cpu_seconds == pytest.approx(0.5 * 22 / 20)  # two smoke instances
    assert limits["test"].cpu_seconds == pytest.approx(0.5 * 42 / 20)
    assert limits["test"].wall_seconds == pytest.approx(3.0 * 42 / 20)
    assert limits["test"].memory_bytes == limits["train"].memory_bytes == 128 << 20
    few = evaluator.make_frames((), tuple(evaluator.problem.instances("train")[:3]), False)
    assert evaluator.job(candidate, few).limits.cpu_seconds == 0.5


def test_a_job_holds_neither_reference_nor_name(evaluator):
    instances = evaluator.problem.instances("validation")
    job = evaluator.job(Candidate.of_text(ROUND_ROBIN), evaluator.frames("validation", False, smoke=False))
    for instance, payload in zip(instances, job.requests, strict=True):
        assert json.loads(payload) == {"p": instance.data["p"], "m": instance.data["m"]}


# ---- failures of ours ------------------------------------------------------------------------------------------------


class _Counting:
    """A pool that notes its jobs, and fails the first of them."""

    def __init__(self, pool, failures=0):
        self.pool, self.failures, self.jobs = pool, failures, []
        self.capabilities = pool.capabilities

    def run(self, job, gate=None):
        self.jobs.append(job)
        if len(self.jobs) <= self.failures:
            if gate is not None:
                gate(0, b"[1, 2")  # what it judged before the slot died is forgotten
            return Outcome(Reason.INTERNAL_ERROR, detail="the worker died", backend="bubblewrap")
        return self.pool.run(job, gate)


@pytest.mark.parametrize(
    ("failures", "runs", "verdict"), [(0, 1, "ok"), (1, 2, "ok"), (2, 2, "internal_error"), (9, 2, "internal_error")]
)
def test_internal_error_is_tried_once_more_and_blames_nobody(
    folder, make_evaluator, evaluator_pool, failures, runs, verdict
):
    pool = _Counting(evaluator_pool, failures)
    found = make_evaluator(folder, pool=pool).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert (len(pool.jobs), found.verdict.value) == (runs, verdict)
    if verdict == "internal_error":
        assert found.feedback == "failure of ours, not the candidate's: the worker died"
        assert found.score is None


def test_a_worker_that_is_killed_is_replaced_and_the_job_done_again(folder, make_evaluator, evaluator_pool):
    class Killing(_Counting):
        def run(self, job, gate=None):
            def kill(index, response):
                if len(self.jobs) == 1:
                    (slot,) = evaluator_pool._alive
                    os.kill(slot._worker.pid, signal.SIGKILL)
                return gate(index, response)

            self.jobs.append(job)
            return evaluator_pool.run(job, kill)

    pool = Killing(evaluator_pool)
    found = make_evaluator(folder, pool=pool).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert (found.verdict, len(pool.jobs)) == (Verdict.OK, 2)


def test_a_simulator_that_fails_is_ours(folder, edit, make_evaluator, evaluator_pool):
    (folder / "harness" / "simulator.py").write_text("def serve(request, ask):\n    ask(request)\n    return 1 / 0\n")
    edit(
        folder / "problem.toml",
        ('harness = "harness/run.py"', 'harness = "harness/run.py"\nsimulator = "harness/simulator.py"'),
    )
    pool = _Counting(evaluator_pool)
    found = make_evaluator(folder, pool=pool).evaluate(Candidate.of_text(ROUND_ROBIN), "train")
    assert (found.verdict.value, len(pool.jobs)) == ("internal_error", 2)
    assert "ZeroDivisionError" in found.feedback
    # but what the candidate does wrong behind it stays its own
    failing = make_evaluator(folder, pool=_Counting(evaluator_pool)).evaluate(assign("raise KeyError('mine')"), "train")
    assert (failing.verdict.value, failing.feedback.splitlines()[-1]) == ("runtime_error", "KeyError: 'mine'")


# ---- racing ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def race(make_evaluator):
    """Evaluator of dispatch rules, and the result of each baseline."""
    evaluator = make_evaluator(TARDINESS, "priority")
    rules = baselines(evaluator.problem.spec, evaluator.entry)
    return evaluator, {name: (rule, evaluator.evaluate(rule, "train")) for name, rule in rules.items()}


@pytest.mark.parametrize("name", ["edd", "spt", "mst"])
def test_a_hopeless_candidate_is_stopped_early(race, name):
    evaluator, results = race
    candidate, full = results[name]
    found = evaluator.evaluate(candidate, "train", bar=results["mdd"][1].instance_scores)
    assert (found.verdict, found.complete, found.stages[-1].feedback) == (Verdict.OK, False, "stopped by racing")
    tried = ~np.isnan(found.instance_scores)
    assert 40 <= tried.sum() < len(tried)
    assert found.instance_scores[tried].tolist() == full.instance_scores[tried].tolist()
    assert (found.confidence, found.decisions_digest) == (None, "")
    assert found.score > results["mdd"][1].score
    bar = results["mdd"][1]
    assert found.score == pytest.approx(bar.score + np.mean((full.instance_scores - bar.instance_scores)[tried]))


def test_a_better_or_equal_candidate_is_never_stopped(race):
    evaluator, results = race
    for bar_name, (_, bar) in results.items():
        for name, (candidate, full) in results.items():
            if full.score <= bar.score:
                found = evaluator.evaluate(candidate, "train", bar=bar.instance_scores)
                assert found.complete, f"{name} was stopped although {bar_name} is no better"
                assert found.score == full.score


@pytest.mark.parametrize(("seed", "better"), [(s, b) for s in range(3) for b in (True, False)])
def test_noisy_candidates_of_equal_worth_mostly_finish(race, seed, better):
    evaluator, results = race
    candidate, full = results["mdd"]
    noise = np.random.default_rng(seed).normal(0, 1, len(full.instance_scores))
    bar = full.instance_scores + noise - noise.mean() + (0.2 if better else 0.0)
    assert evaluator.evaluate(candidate, "train", bar=bar).complete


def test_racing_heeds_the_direction(folder, edit, make_evaluator):
    edit(folder / "problem.toml", ('direction = "min"', 'direction = "max"'))
    edit(folder / "problem.py", ('"train", 1, 20', '"train", 1, 120'))
    evaluator = make_evaluator(folder)
    scores = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train").instance_scores
    assert evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train", bar=scores - 5).complete
    stopped = evaluator.evaluate(Candidate.of_text(ROUND_ROBIN), "train", bar=scores + 5)
    assert not stopped.complete
    assert np.isnan(stopped.instance_scores).sum() == 80
    assert stopped.score == pytest.approx(scores.mean())
    fenced = evaluator.evaluate(
        Candidate.of_text(ROUND_ROBIN), "train", bar=scores + 5, fence=float((-scores).min()) - 6
    )
    assert fenced.complete  # beyond the fence nothing is worse than anything else


def test_a_race_cannot_hide_a_failure(race):
    evaluator, results = race
    source = baseline(evaluator.problem.spec, evaluator.entry, "spt").text()
    failing = Candidate.of_text(
        source + "\n\n_spt = priority\n\n\ndef priority(*a):\n    return [float('nan')] * len(a[0])\n"
    )
    found = evaluator.evaluate(failing, "train", bar=results["mdd"][1].instance_scores)
    assert (found.verdict.value, found.stage) == ("wrong_answer", "smoke")
    assert "priority returned NaN" in found.feedback


def test_unknown_baseline_is_told_those_there_are(race):
    spec = race[0].problem.spec
    with pytest.raises(KeyError, match="has no baseline 'lpt' for priority; it has: edd, spt"):
        baseline(spec, spec.entry_point("priority"), "lpt")


def test_both_ways_of_solving_give_the_same_decisions(race):
    """Shown elementwise or not, a rule is worth the same."""
    evaluator, results = race
    for name in ("mdd", "atc"):
        candidate, full = results[name]
        hidden = Candidate.of_text(candidate.text() + "\n_priority = priority\n")
        assert evaluator.screen(candidate).elementwise and not evaluator.screen(hidden).elementwise
        found = evaluator.evaluate(hidden, "train")
        assert found.instance_objectives.tolist() == full.instance_objectives.tolist()
