"""The problem as the cascade uses it: frames, judgement, references, baselines."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from evaluators.baselines import baseline, baselines
from evaluators.problem import Instance, WrongAnswerError
from evaluators.registry import load_problem
from evaluators.scheduling.single_machine_tardiness import references, rehearsal
from evaluators.scheduling.single_machine_tardiness.exact import solve
from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.instances import BLOCKS, Block, total_tardiness
from evaluators.scheduling.single_machine_tardiness.problem import published_gap
from evaluators.toolchains import python


@pytest.fixture(scope="module")
def problem():
    return load_problem("scheduling/single-machine-tardiness")


def solved(problem, entry, files, instances, elementwise=False):
    """Judgements of a candidate, in the order of ``instances``."""
    handle = dispatch.load(files)
    judged = [None] * len(instances)
    for request in problem.requests(instances, entry, elementwise):
        for i, verdict in zip(request.indices, problem.judge(request, handle(request.payload), instances), strict=True):
            judged[i] = verdict
    return judged


def scores(problem, name, entry="priority", split="train", part=None, elementwise=False):
    point = problem.spec.entry_point(entry)
    instances = [i for i in problem.instances(split) if part in (None, i.part)]
    files = baseline(problem.spec, point, name).files
    return np.array([j.score for j in solved(problem, point, files, instances, elementwise)])


def test_splits_hold_what_the_declaration_says(problem) -> None:
    def parts(split):
        found = {}
        for instance in problem.instances(split):
            found[instance.part] = found.get(instance.part, 0) + 1
        return found

    assert parts("train") == {"n25": 80, "n50": 400}
    assert parts("validation") == {"n50": 100, "n100": 800, "n200": 40}
    assert parts("test") == {"n20": 800, "n100": 400, "n200": 200, "ood": 200}
    for split in ("train", "validation", "test"):
        names = [i.name for i in problem.instances(split)]
        assert len(set(names)) == len(names)
        assert np.mean([i.proven for i in problem.instances(split)]) > 0.99
        assert problem.instances(split) is problem.instances(split, None)


def test_every_baseline_answers_every_training_instance(problem) -> None:
    train = problem.instances("train")
    for entry in problem.spec.entry_points:
        for name, candidate in baselines(problem.spec, entry).items():
            screened = python.screen(candidate, entry, problem.spec.source_limit)
            assert screened.accepted, name
            assert screened.elementwise is entry.elementwise, name
            judged = solved(problem, entry, candidate.files, train, screened.elementwise)
            assert min(j.score for j in judged) >= 0, name  # nothing beats a proven optimum


@pytest.mark.parametrize("name", ["edd", "mdd", "mddc", "atc", "covert"])
def test_lock_step_gives_the_scores_of_one_by_one(problem, name) -> None:
    assert (scores(problem, name) == scores(problem, name, elementwise=True)).all()


def test_psk_is_modified_due_date_with_ties_to_the_shortest(problem) -> None:
    assert (scores(problem, "mdd") == scores(problem, "psk", "sequence")).all()


def test_worked_example_of_the_paper() -> None:
    p, d = np.array([10, 11, 10, 10, 11, 10]), np.array([15, 11, 13, 11, 12, 11])
    problem = load_problem("scheduling/single-machine-tardiness")
    entry = problem.spec.entry_point("sequence")

    def order(name):
        space = {}
        exec(baseline(problem.spec, entry, name).text(), space)
        return list(space["sequence"](p, d))

    def value(name):
        return int(total_tardiness(p, d, np.array(order(name))))

    assert order("mddc") == [3, 5, 2, 0, 1, 4]
    assert order("mdd") == [1, 0, 2, 3, 5, 4]
    assert value("mddc") == value("psk") == value("eddc") == 141 == solve(p.tolist(), d.tolist()).value
    assert value("mdd") == 144


def test_score_is_the_gap_with_a_floor_under_easy_instances(problem) -> None:
    def instance(reference):
        return Instance("x", "n3", {"p": np.array([50, 30, 20]), "d": np.array([0, 100, 100])}, reference, True)

    judged = problem.score(instance(50.0), [2, 1, 0])
    assert judged.objective == 100.0
    assert judged.score == 100.0
    assert problem.score(instance(0.0), np.array([0, 1, 2])).score == 100 * 50 / 1.0  # sum p / 100 = 1
    assert problem.score(instance(100.0), [0, 1, 2]).score == -50.0  # better than an unproven reference


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ([0, 1, 1], "instance x: job 2 is missing and job 1 is there 2 times"),
        ([0, 1, 7], "instance x: job 7 does not exist; jobs are numbered 0 to 2"),
        ([0, 1], "instance x: the order is not 3 job indices"),
        (["a", "b", "c"], "instance x: the order is not 3 job indices"),
    ],
)
def test_infeasible_orders_are_wrong_answers(problem, order, complaint) -> None:
    instance = Instance("x", "n3", {"p": np.ones(3, int), "d": np.ones(3, int)}, 3.0)
    with pytest.raises(WrongAnswerError, match=complaint):
        problem.score(instance, order)


@pytest.mark.parametrize("response", [b"", b"\x00", b"\x00" + b"\x00" * 19, b"\x02" * 21, b"\x01", b"\x00" * 10_000])
def test_responses_of_another_shape_are_wrong_answers(problem, response) -> None:
    instances = problem.smoke()
    request = problem.requests(instances, problem.spec.entry_point(), True)[0]
    with pytest.raises(WrongAnswerError, match="the response is not 2 orders of 25 jobs"):
        problem.judge(request, response, instances)


def test_forged_orders_are_judged_by_the_host(problem) -> None:
    instances = problem.smoke()
    request = problem.requests(instances, problem.spec.entry_point(), True)[0]
    forged = np.stack([np.arange(25), np.r_[np.arange(24), 3]]).astype("<u2")
    with pytest.raises(WrongAnswerError, match=f"instance {instances[1].name}: job 24 is missing and job 3 is there 2"):
        problem.judge(request, b"\x00" + forged.tobytes(), instances)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (
            "def priority(*a): return a[0] * float('nan')",
            r"instance n25-0000: priority returned NaN for job \d+ at time 0",
        ),
        ("def priority(*a): return [1.0, 2.0]", r"instance n25-0000: priority returned an array of shape \(2,\)"),
    ],
)
def test_complaints_of_the_harness_name_the_instance(problem, source, complaint) -> None:
    with pytest.raises(WrongAnswerError, match=complaint):
        solved(problem, problem.spec.entry_point(), {"candidate.py": source.encode()}, problem.smoke())


def test_decode_gives_the_orders_of_a_request(problem) -> None:
    instances = problem.smoke()
    entry = problem.spec.entry_point("sequence")
    request = problem.requests(instances, entry, False)[0]
    response = dispatch.load(baseline(problem.spec, entry, "edd").files)(request.payload)
    for instance, order in zip(instances, problem.decode(request, response), strict=True):
        assert (np.diff(instance.data["d"][order]) >= 0).all()


def test_nothing_of_the_reference_is_in_a_request(problem) -> None:
    instances = list(problem.instances("validation"))
    hidden = [Instance(f"other-{k}", i.part, i.data) for k, i in enumerate(instances)]
    entry = problem.spec.entry_point()
    assert problem.requests(instances, entry, True) == problem.requests(hidden, entry, True)


def test_situations_are_states_of_the_arguments(problem) -> None:
    found = problem.situations(problem.spec.entry_point("priority"))
    assert found is not None
    assert tuple(found) == problem.spec.entry_point("priority").arguments
    assert found["p"].shape == found["d"].shape == (64, 10)
    assert (np.diff(found["p"], axis=1) >= 0).all()
    assert (found["work"] >= found["p"].sum(axis=1, keepdims=True)).all()
    assert (found["p_max"] >= found["p"].max(axis=1, keepdims=True)).all()
    choices = {tuple(np.argmin(v, axis=1)) for v in (found["p"], found["d"], found["d"] - found["p"])}
    assert len(choices) == 3
    assert problem.situations(problem.spec.entry_point("sequence")) is None


def test_a_rehearsal_gives_the_gaps_of_few_small_instances(problem) -> None:
    entry = problem.spec.entry_point("priority")

    def due(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
        return d

    def nothing(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
        return p * np.nan

    costs = problem.rehearse(entry, [due, nothing], Random(1))
    assert costs.shape == (2, rehearsal.DRAWN)
    assert np.isinf(costs[1]).all()
    known = references.load("rehearsal", *BLOCKS["rehearsal"])
    totals = total_tardiness(known.p, known.d, np.lexsort((known.p, known.d), axis=-1))
    gaps = 100 * (totals - known.values) / np.maximum(known.values, known.p.sum(axis=1) / 100)
    assert {*costs[0].round(9)} <= {*gaps.round(9)}
    assert (costs[0] > 0).all()
    assert not np.array_equal(costs[0], problem.rehearse(entry, [due], Random(2))[0])
    assert problem.rehearse(problem.spec.entry_point("sequence"), [due], Random(1)) is None


def test_terminals_are_expressions_over_the_arguments(problem) -> None:
    entry = problem.spec.entry_point("priority")
    space = dict(problem.situations(entry), np=np)
    for name, expression in entry.terminals.items():
        value = np.broadcast_to(eval(expression, {}, space), (64, 10))
        assert np.isfinite(value).all(), name


def test_effort_grows_with_the_square_of_the_size(problem) -> None:
    assert problem.effort(problem.instances("train")) == 80 * 25**2 + 400 * 50**2


def test_feedback_names_parts_and_worst_instances(problem) -> None:
    instances = problem.instances("train")
    entry = problem.spec.entry_point()
    judged = solved(problem, entry, baseline(problem.spec, entry, "edd").files, instances, True)
    text = problem.feedback(instances, judged)
    assert text.startswith("mean gap n25 ")
    assert "best known" in text


def test_published_gap_leaves_out_instances_whose_optimum_is_zero() -> None:
    assert published_gap([5.0, 12.0, 30.0], [0.0, 10.0, 20.0]) == pytest.approx(35.0)


@pytest.mark.verify
def test_fresh_instances_come_with_references_within_seconds(problem) -> None:
    fixed, all_of_test = problem.instances("test"), problem.instances("test", "5ec2e7")
    fresh = all_of_test[len(fixed) :]
    assert all_of_test[: len(fixed)] == fixed
    assert len(fresh) == 220
    assert np.mean([i.proven for i in fresh]) > 0.9
    assert problem.instances("train", "5ec2e7") is problem.instances("train")


def test_a_seed_means_the_same_instances_and_optima_everywhere() -> None:
    found = references.compute(Block("n20", 20, 1, 4711), 1000)
    assert found.proven.all()
    assert found.values.sum() == 34_328
