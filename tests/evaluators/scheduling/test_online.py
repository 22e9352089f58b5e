"""Online flow time: the simulator reveals only what has arrived, the host replays, the bound holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.baselines import baseline, baselines
from evaluators.problem import Instance, WrongAnswerError
from evaluators.registry import load_problem
from evaluators.scheduling.online_flow_time.harness import policy, simulator
from evaluators.scheduling.online_flow_time.instances import preemptive_bound
from evaluators.toolchains import python


@pytest.fixture(scope="module")
def problem():
    return load_problem("scheduling/online-flow-time")


def observed(observation):
    t = np.frombuffer(observation, "<f8", 1)[0]
    p, wait = np.frombuffer(observation, "<i4", offset=8).reshape(2, -1)
    return float(t), p.tolist(), wait.tolist()


def serve(problem, instance, ask):
    return simulator.serve(problem.requests([instance], problem.spec.entry_point(), False)[0].payload, ask)


def judged(problem, instance, ask):
    request = problem.requests([instance], problem.spec.entry_point(), False)[0]
    return problem.judge(request, simulator.serve(request.payload, ask), [instance])[0]


def handler(problem, name):
    return policy.load(baseline(problem.spec, problem.spec.entry_point(), name).files)


def example():
    p, arrival = np.array([10, 5, 1, 4]), np.array([0, 2, 3, 40])
    return Instance("x", "n4", {"p": p, "arrival": arrival}, float(preemptive_bound(p, arrival)))


def test_simulator_reveals_arrived_jobs_only_and_asks_only_where_there_is_a_choice(problem) -> None:
    seen = []

    def ask(observation):
        seen.append(observed(observation))
        return policy.load(baseline(problem.spec, problem.spec.entry_point(), "spt").files)(observation)

    response = serve(problem, example(), ask)
    # At 0 only job 0 is there; at 10 jobs 2 and 1, by (p, arrival); at 40 the last.
    assert seen == [(10.0, [1, 5], [7, 8])]
    assert np.frombuffer(response, "<u2", offset=1).tolist() == [0, 2, 1, 3]


def test_host_replays_the_trace(problem) -> None:
    # Starts 0, 10, 11, 40, so flows 10, 8, 14, 4. With interruptions: job 0 until 2, 1 until 3, 2 until 4, 1 until 8.
    instance = example()
    assert instance.reference == 1 + 6 + 16 + 4
    result = problem.score(instance, [0, 2, 1, 3])
    assert result.objective == 36.0
    assert result.score == pytest.approx(100 * 9 / 27)


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ([0, 1, 1, 3], "does not run each job exactly once"),
        ([0, 1, 2], "does not run each job exactly once"),
        ([0, 3, 1, 2], "job 3 was chosen at time 10, but arrives at 40"),
        ([1, 0, 2, 3], "job 1 was chosen at time 0, but arrives at 2"),
    ],
)
def test_traces_that_could_not_have_happened_are_wrong_answers(problem, order, complaint) -> None:
    with pytest.raises(WrongAnswerError, match=f"instance x: .*{complaint}"):
        problem.score(example(), np.array(order))


@pytest.mark.parametrize("decision", [b"", b"\x00", b"\x00\x02\x00", b"\x00\x00\x00\x00", b"\x07\x00\x00"])
def test_decisions_that_choose_no_waiting_job_are_wrong_answers(problem, decision) -> None:
    with pytest.raises(WrongAnswerError, match="not the position of a waiting job"):
        judged(problem, example(), lambda observation: decision)


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ("p * float('nan')", "priority returned NaN at time 10"),
        ("p[:1]", r"priority returned an array of shape \(1,\) for 2 waiting jobs at time 10"),
        ("None", "not an array of numbers"),
    ],
)
def test_useless_priorities_are_named(problem, result, complaint) -> None:
    source = f"def priority(p, wait, t, jobs, work):\n    return {result}\n"
    with pytest.raises(WrongAnswerError, match=complaint):
        judged(problem, example(), policy.load({"candidate.py": source.encode()}))


@pytest.mark.parametrize("response", [b"", b"\x00", b"\x00" + b"\x00" * 7, b"\x03" + b"\x00" * 8])
def test_responses_of_another_shape_are_wrong_answers(problem, response) -> None:
    request = problem.requests([example()], problem.spec.entry_point(), False)[0]
    with pytest.raises(WrongAnswerError, match="the response is not an order of 4 jobs"):
        problem.judge(request, response, [example()])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 6)), min_size=1, max_size=8), st.integers(0, 1000))
def test_no_policy_beats_the_preemptive_bound(jobs, seed) -> None:
    problem = load_problem("scheduling/online-flow-time")
    p, arrival = np.array([job[0] for job in jobs]), np.cumsum([0, *(job[1] for job in jobs[1:])])
    instance = Instance("x", "any", {"p": p, "arrival": arrival}, float(preemptive_bound(p, arrival)))
    rng = np.random.default_rng(seed)

    def ask(observation):
        return b"\x00" + int(rng.integers(len(observed(observation)[1]))).to_bytes(2, "little")

    assert judged(problem, instance, ask).score >= 0


def test_shortest_first_beats_the_other_baselines_and_all_are_elementwise(problem) -> None:
    entry = problem.spec.entry_point()
    means = {}
    for name, candidate in baselines(problem.spec, entry).items():
        assert python.screen(candidate, entry, problem.spec.source_limit).elementwise
        ask = handler(problem, name)
        means[name] = np.mean([judged(problem, instance, ask).score for instance in problem.instances("train")])
    assert means["spt"] < means["hrrn"] < means["fifo"]


def test_splits(problem) -> None:
    counts = {split: len(problem.instances(split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 20, "validation": 20, "test": 40}
    fresh = problem.instances("test", "ab")[40:]
    assert len(fresh) == 20
    assert [i.name for i in problem.instances("test", "ab")[:40]] == [i.name for i in problem.instances("test")]
    rows = [i.data["p"].tobytes() for s in counts for i in problem.instances(s)] + [
        i.data["p"].tobytes() for i in fresh
    ]
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("name", ["fifo", "spt", "hrrn"])
def test_pairs_agree_before_and_differ_after_and_honest_policies_cannot_tell(problem, name) -> None:
    pairs = problem.anticipation_pairs(5)
    assert len(pairs) == 3
    for one, other, until in pairs:
        known = one.data["arrival"] <= until
        assert known.sum() >= 15
        assert (known == (other.data["arrival"] <= until)).all()
        assert (one.data["p"] == other.data["p"])[known].all()
        assert (one.data["arrival"] == other.data["arrival"])[known].all()
        assert (one.data["p"] != other.data["p"])[~known].any()
        early = []
        for instance in (one, other):
            request = problem.requests([instance], problem.spec.entry_point(), False)[0]
            decisions = problem.decode(request, simulator.serve(request.payload, handler(problem, name)))[0]
            early.append(problem.decisions_before(instance, decisions, until))
        assert early[0] == early[1]
        assert len(early[0]) > 3


def test_a_policy_that_knew_the_future_would_be_seen(problem) -> None:
    one, other, until = problem.anticipation_pairs(5)[0]
    early = []
    for instance in (one, other):
        shortest_last = int(instance.data["p"][-1]) % 2  # depends on a job that arrives after ``until``

        def ask(observation, pick=shortest_last):
            return b"\x00" + pick.to_bytes(2, "little")

        request = problem.requests([instance], problem.spec.entry_point(), False)[0]
        decisions = problem.decode(request, simulator.serve(request.payload, ask))[0]
        early.append((shortest_last, problem.decisions_before(instance, decisions, until)))
    assert (early[0][0] == early[1][0]) or early[0][1] != early[1][1]


def test_situations_broadcast(problem) -> None:
    found = problem.situations(problem.spec.entry_point())
    assert tuple(found) == problem.spec.entry_point().arguments
    assert np.broadcast_shapes(*(value.shape for value in found.values())) == (64, 8)


def test_feedback_speaks_of_a_bound(problem) -> None:
    instances = problem.instances("train")[:4]
    results = [judged(problem, instance, handler(problem, "fifo")) for instance in instances]
    assert "lower bound" in problem.feedback(instances, results)
