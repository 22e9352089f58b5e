"""The harness: what a candidate is told, who runs next, and what it is told when it errs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.scheduling.single_machine_tardiness.harness import dispatch
from evaluators.scheduling.single_machine_tardiness.harness.dispatch import WrongError
from evaluators.scheduling.single_machine_tardiness.instances import Block, generate

NAMES = ", ".join(dispatch.ARGUMENTS)


def function(expression, head=NAMES):
    space = {"np": np}
    exec(f"def priority({head}):\n    return {expression}\n", space)
    return space["priority"]


def small(jobs=9, seed=1):
    p, d = generate(Block("x", jobs, 1, seed))
    return p // 9 + 1, d // 9  # ties


leaf = st.sampled_from(["p", "d", "t", "work", "jobs", "p_mean", "p_max", "p_min", "d_mean", "late", "tardiness",
                        "0.5", "2", "d - t - p"])  # fmt: skip
expressions = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("np.{}({}, {})".format, st.sampled_from(["maximum", "minimum"]), inner, inner),
        st.builds("np.{}(np.abs({}))".format, st.sampled_from(["sqrt", "log1p", "exp", "cbrt", "tanh"]), inner),
        st.builds("np.where({} > {}, {}, {})".format, inner, inner, inner, inner),
    ),
    max_leaves=8,
)


def outcome(solve, rule, p, d):
    """Orders, or the complaint: a NaN must be found on either way."""
    try:
        return solve(rule, p, d).tolist()
    except WrongError as error:
        assert "NaN" in str(error)
        return "NaN"


@settings(max_examples=120)
@given(expressions, st.integers(0, 50))
def test_lock_step_and_one_by_one_decide_alike(expression, seed) -> None:
    rule = function(expression)
    p, d = small(seed=seed)
    with np.errstate(all="ignore"):
        assert outcome(dispatch.lockstep, rule, p, d) == outcome(dispatch.one_by_one, rule, p, d)


@pytest.mark.parametrize("solve", [dispatch.lockstep, dispatch.one_by_one])
def test_every_argument_means_what_the_statement_says(solve) -> None:
    p, d = small()
    p, d = p[9:10], d[9:10]
    seen = []

    def spy(*arguments):
        flat = [np.array(a, dtype=float).reshape(-1) for a in arguments]
        seen.append(flat)
        return arguments[1] + 0.0  # earliest due date

    order = solve(spy, p, d)[0].tolist()
    waiting, t = set(range(9)), 0
    for step, flat in enumerate(seen):
        told = dict(zip(dispatch.ARGUMENTS, flat, strict=True))
        listed = sorted(waiting, key=lambda j: (p[0, j], d[0, j], j))
        times, due = p[0, listed], d[0, listed]
        overdue = t + times - due
        assert told["p"].tolist() == times.tolist()
        assert told["d"].tolist() == due.tolist()
        wanted = {"t": t, "work": times.sum(), "jobs": len(listed), "p_mean": times.mean(), "p_max": times.max(),
                  "p_min": times.min(), "d_mean": due.mean(), "late": (overdue > 0).sum(),
                  "tardiness": overdue[overdue > 0].sum()}  # fmt: skip
        for name, value in wanted.items():
            assert told[name].tolist() == pytest.approx([value]), name
        assert order[step] == listed[int(due.argmin())]
        waiting.remove(order[step])
        t += p[0, order[step]]


def test_unused_arguments_are_not_computed_and_used_ones_always_are() -> None:
    assert dispatch.used_arguments(function("np.maximum(t + p, d)")) == {"p", "d", "t"}
    assert dispatch.used_arguments(function("late * p")) == {"late", "p"}
    everything = set(dispatch.ARGUMENTS)
    assert dispatch.used_arguments(function("locals()['late'] + p")) == everything
    assert dispatch.used_arguments(function("np.array([x + late for x in p])")) == everything
    assert dispatch.used_arguments(function("a[0]", "*a")) == everything
    renamed = function("k * a", "a, b, c, e, f, g, h, i, j, k, l")
    assert dispatch.used_arguments(renamed) == everything
    p, d = small()
    assert (dispatch.one_by_one(renamed, p, d) == dispatch.one_by_one(function("late * p"), p, d)).all()


def test_ties_go_to_the_shortest_then_earliest_due_then_first() -> None:
    p, d = np.array([[5, 3, 3, 3]]), np.array([[0, 9, 7, 7]])
    for solve in (dispatch.lockstep, dispatch.one_by_one):
        assert solve(function("1.0"), p, d).tolist() == [[2, 3, 1, 0]]
        assert solve(function("p * np.inf"), p, d).tolist() == [[2, 3, 1, 0]]


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("p * np.nan", r"priority returned NaN for job 1 at time 0"),
        ("np.where(t > 0, np.nan, p)", r"priority returned NaN for job 0 at time 3"),
        ("p[:1][[0, 0, 0]]", r"shape \(3,\) for 2 waiting jobs at time 0; it must return one number a job"),
        ("None", "priority returned NoneType that is not an array of numbers"),
        ("'no'", "priority returned str that is not an array of numbers"),
        ("p * 1j", "not an array of numbers"),
    ],
)
def test_useless_answers_are_named(expression, complaint) -> None:
    p, d = np.array([[5, 3], [5, 3]]), np.array([[4, 4], [4, 4]])
    with pytest.raises(WrongError, match=complaint) as caught:
        dispatch.one_by_one(function(expression), p, d)
    assert caught.value.instance == 0


def test_the_instance_that_went_wrong_is_named_in_lock_step() -> None:
    p, d = np.array([[5, 3], [5, 4]]), np.array([[4, 4], [4, 4]])
    with pytest.raises(WrongError, match="NaN for job 1 at time 0") as caught:
        dispatch.lockstep(function("np.where(p == 4, np.nan, p)"), p, d)
    assert caught.value.instance == 1


def test_arrays_cannot_be_changed_by_accident() -> None:
    p, d = small()

    def careless(p, *rest):
        p[0] = 0
        return p

    for solve in (dispatch.lockstep, dispatch.one_by_one):
        with pytest.raises(ValueError, match="read-only"):
            solve(careless, p, d)
    with pytest.raises(ValueError, match="read-only"):
        dispatch.sequences(lambda p, d: p.sort(), p, d)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ([0, 1], "returned 2 jobs where there are 3"),
        ([0, 1, 3], "returned job 3; jobs are numbered 0 to 2"),
        ([0, 1, -1], "returned job -1"),
        ([0, 1, 1.5], "not a list of job indices"),
        ([[0], [1, 2]], "not a list of job indices"),
        (None, "not a list of job indices"),
        ("012", "not a list of job indices"),
    ],
)
def test_useless_sequences_are_named(answer, complaint) -> None:
    p = np.array([[1, 2, 3]])
    with pytest.raises(WrongError, match=complaint):
        dispatch.sequences(lambda p, d: answer, p, p)
