"""Online bin packing: two ways to ask a candidate that must agree, bins counted from the choices, published figures."""

from __future__ import annotations

import doctest
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.baselines import baseline, baselines
from evaluators.candidate import Candidate
from evaluators.packing.online_bin_packing import rehearsal
from evaluators.packing.online_bin_packing.harness import policy, simulator
from evaluators.packing.online_bin_packing.instances import FAMILIES
from evaluators.packing.online_bin_packing.problem import instance
from evaluators.problem import WrongAnswerError
from evaluators.registry import load_problem
from evaluators.toolchains import python

PROBLEM = load_problem("packing/online-bin-packing")
ENTRY = PROBLEM.spec.entry_point()
HEADER = "import numpy as np\ndef priority(item, bins, capacity):\n    return "


def sequence(items, capacity=10, name="x"):
    return instance(name, "any", np.array(items), capacity)


def drawn(family, count, items, seed=7):
    sizes = FAMILIES[family].draw(seed, count, items)
    return [sequence(row, FAMILIES[family].capacity, f"{family}-{k}") for k, row in enumerate(sizes)]


def files(source):
    return {"candidate.py": source.encode()}


def places(candidate, instances, elementwise):
    """Chosen bins, in the order of the instances."""
    found = [None] * len(instances)
    for request in PROBLEM.requests(instances, ENTRY, elementwise):
        response = simulator.serve(request.payload, policy.load(candidate))
        for i, decisions in zip(request.indices, PROBLEM.decode(request, response), strict=True):
            found[i] = decisions.tolist()
    return found


def with_all_bins_open(source, items, capacity):
    """Chosen bins as the literature simulates: as many bins as items, and enough more, open from the start."""
    space = {}
    exec(source, space)
    left, chosen = np.full(2 * len(items), float(capacity)), []
    for item in items:
        fits = np.flatnonzero(left >= item)
        with np.errstate(all="ignore"):
            values = np.broadcast_to(space["priority"](np.float64(item), left[fits], float(capacity)), fits.shape)
        chosen.append(int(fits[np.argmax(values)]))
        left[chosen[-1]] -= item
    return chosen


# ---- packing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize(
    ("name", "expected"),
    [  # rooms after three items: 4, 5, 3
        ("first_fit", [0, 1, 2, 0, 1, 2, 3]),
        ("best_fit", [0, 1, 2, 2, 0, 1, 3]),
        ("worst_fit", [0, 1, 2, 1, 0, 1, 2]),  # between two with room for 3, the one opened first
        ("funsearch_or", [0, 1, 2, 0, 1, 2, 3]),
    ],
)
def test_packing_by_hand(name, expected, elementwise) -> None:
    candidate = baseline(PROBLEM.spec, ENTRY, name)
    assert places(candidate.files, [sequence([6, 5, 7, 2, 3, 3, 3])], elementwise) == [expected]


def test_bins_are_listed_as_they_were_opened_and_two_empty_ones_after_them() -> None:
    header, rule = HEADER.rsplit("    ", 1)
    source = f"seen = []\n{header}    seen.append((item, bins.tolist()))\n    {rule}item - bins\n"
    handler = policy.load(files(source))
    simulator.serve(PROBLEM.requests([sequence([6, 5, 7, 2, 3])], ENTRY, False)[0].payload, handler)
    assert sys.modules["candidate"].seen == [
        (6.0, [10.0, 10.0]),
        (5.0, [10.0, 10.0]),
        (7.0, [10.0, 10.0]),
        (2.0, [4.0, 5.0, 3.0, 10.0, 10.0]),
        (3.0, [4.0, 5.0, 10.0, 10.0]),
    ]


EXPRESSIONS = st.recursive(
    st.sampled_from(["item", "bins", "capacity", "(bins - item)", "0.5", "2.0"]),
    lambda parts: st.one_of(
        st.tuples(parts, st.sampled_from("+-*/%"), parts).map(lambda drawn: f"({drawn[0]} {drawn[1]} {drawn[2]})"),
        st.tuples(parts, parts).map(lambda drawn: f"({drawn[0]} // {drawn[1]})"),
        st.tuples(parts, parts, parts, parts).map(lambda d: f"np.where({d[0]} < {d[1]}, {d[2]}, {d[3]})"),
    ),
    max_leaves=6,
)


def outcome(source, instances, elementwise):
    try:
        return places(files(source), instances, elementwise)
    except WrongAnswerError as error:
        return str(error)


@settings(max_examples=60)
@given(EXPRESSIONS, st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=25), min_size=1, max_size=4))
def test_asked_once_for_all_or_item_by_item_a_rule_packs_alike(expression, sizes) -> None:
    source = HEADER + expression
    assert python.screen(Candidate.of_text(source), ENTRY, 20_000).elementwise
    instances = [sequence(items, 12, f"x{k}") for k, items in enumerate(sizes)]
    found = outcome(source, instances, True)
    assert found == outcome(source, instances, False)
    if isinstance(found, list):
        assert found == [with_all_bins_open(source, items, 12) for items in sizes]


@pytest.mark.parametrize("name", ENTRY.baselines)
def test_baselines_pack_as_the_literature_does(name) -> None:
    candidate = baseline(PROBLEM.spec, ENTRY, name)
    instances = [*drawn("uniform", 3, 200), *drawn("weibull", 3, 400), *drawn("fine", 2, 300)]
    expected = [with_all_bins_open(candidate.text(), i.data["items"], i.data["capacity"]) for i in instances]
    assert places(candidate.files, instances, False) == expected
    elementwise = python.screen(candidate, ENTRY, PROBLEM.spec.source_limit).elementwise
    assert elementwise is (name != "funsearch_weibull")
    if elementwise:
        assert places(candidate.files, instances, True) == expected


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("np.where(bins == 4, np.nan, item - bins)", "NaN for an item of 2 and a bin with 4 of 10 left"),
        ("bins[:2]", r"priority returned an array of shape \(2,\) for "),
        ("None", "NoneType that is not an array of numbers"),
        ("'text'", "not an array of numbers"),
    ],
)
def test_useless_priorities_are_named(expression, complaint, elementwise) -> None:
    instances = [sequence([5, 1, 1], name="first"), sequence([6, 2, 3], name="second")]
    request = PROBLEM.requests(instances, ENTRY, elementwise)[0]
    response = simulator.serve(request.payload, policy.load(files(HEADER + expression)))
    with pytest.raises(WrongAnswerError, match=f"instance (first|second): .*{complaint}") as error:
        PROBLEM.judge(request, response, instances)
    assert ("second" in str(error.value)) == ("NaN" in complaint)


def test_what_is_no_number_where_no_item_ever_goes_does_no_harm() -> None:
    source = HEADER + "np.where(item == 9, np.nan, np.where(bins < capacity, np.inf, -np.inf))"
    for elementwise in (True, False):
        assert places(files(source), [sequence([5, 1, 1])], elementwise) == [[0, 0, 0]]


# ---- nothing of the future ------------------------------------------------------------------------------------------


def test_the_candidate_is_told_items_only_when_their_turn_has_come() -> None:
    instances = drawn("uniform", 3, 40)
    questions = []

    def ask(question):
        questions.append(question)
        return handler(question)

    handler = policy.load(baseline(PROBLEM.spec, ENTRY, "best_fit").files)
    simulator.serve(PROBLEM.requests(instances, ENTRY, False)[0].payload, ask)
    items = np.stack([i.data["items"] for i in instances])
    assert questions[0] == b"S" + np.array([150] * 3, "<u2").tobytes()
    assert questions[1:] == [b"I" + items[:, step].astype("<u2").tobytes() for step in range(40)]


def test_no_variable_up_the_stack_speaks_of_another_sequence() -> None:
    source = """
import sys
seen = []
def priority(item, bins, capacity):
    frame, told = sys._getframe(1), []
    while frame.f_code.co_name != "asked_bins":
        told += [value for value in frame.f_locals.values() if isinstance(value, (bytes, int, float, list, dict))]
        frame = frame.f_back
    seen.append((item, told))
    return -bins
"""
    handler = policy.load(files(source))
    simulator.serve(PROBLEM.requests([sequence([7, 8]), sequence([3, 4])], ENTRY, False)[0].payload, handler)
    seen = sys.modules["candidate"].seen
    assert [item for item, _ in seen] == [7.0, 3.0, 8.0, 4.0]
    assert all(set(told) <= {b"I"} for _, told in seen)


def test_a_rule_asked_once_for_all_learns_capacities_and_nothing_else() -> None:
    questions = []

    def ask(question):
        questions.append(question)
        return handler(question)

    handler = policy.load(baseline(PROBLEM.spec, ENTRY, "best_fit").files)
    for _ in range(2):
        for request in PROBLEM.requests([*drawn("uniform", 2, 30), *drawn("weibull", 2, 30)], ENTRY, True):
            simulator.serve(request.payload, ask)
    assert questions == [b"T" + capacity.to_bytes(2, "little") for capacity in (100, 150)]


def test_pairs_agree_before_and_differ_after_and_honest_rules_cannot_tell() -> None:
    pairs = PROBLEM.anticipation_pairs(5)
    assert len(pairs) == 2
    for one, other, until in pairs:
        known = int(until)
        assert (one.data["items"][:known] == other.data["items"][:known]).all()
        assert (one.data["items"][known:] != other.data["items"][known:]).any()
        for name in ENTRY.baselines:
            both = places(baseline(PROBLEM.spec, ENTRY, name).files, [one, other], False)
            early = [PROBLEM.decisions_before(i, d, until) for i, d in zip((one, other), both, strict=True)]
            assert early[0] == early[1]
            assert len(early[0]) == known
            assert both[0] != both[1]


# ---- judging ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), min_size=1, max_size=20))
def test_bins_are_counted_and_overfull_ones_are_found(choices) -> None:
    given_instance = sequence([size for size, _ in choices], 9)
    loads = {}
    for size, place in choices:
        loads[place] = loads.get(place, 0) + size
    decisions = np.array([place for _, place in choices])
    if max(loads.values()) > 9:
        worst = max(loads.items(), key=lambda item: (item[1], -item[0]))
        with pytest.raises(WrongAnswerError, match=f"instance x: bin {worst[0]} holds {worst[1]} of 9"):
            PROBLEM.score(given_instance, decisions)
    else:
        found = PROBLEM.score(given_instance, decisions)
        assert found.objective == len(loads)
        assert found.score == pytest.approx(100 * (len(loads) / given_instance.reference - 1))
        assert found.score >= 0


@pytest.mark.parametrize(
    "decisions", [[], [0], [0, 1, 2, 3], [0, -1, 2], [0.0, 1.0, 2.0], [[0, 1, 2]], "abc", None, [0, "1", 2]]
)
def test_decisions_of_another_shape_are_wrong_answers(decisions) -> None:
    with pytest.raises(WrongAnswerError, match="instance x: the choices are not 3 places of bins"):
        PROBLEM.score(sequence([5, 5, 5]), decisions)


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("answer", [b"", b"\x00", b"\x07" * 9, b"\x00" * 4000, b"\x01", b"\x00\xff\xff"])
def test_forged_answers_of_the_candidates_side_are_wrong_answers(answer, elementwise) -> None:
    request = PROBLEM.requests([sequence([5, 5, 6])], ENTRY, elementwise)[0]
    response = simulator.serve(request.payload, lambda question: answer)
    with pytest.raises(WrongAnswerError):
        PROBLEM.judge(request, response, [sequence([5, 5, 6])])


@pytest.mark.parametrize("response", [b"", b"\x00", b"\x00" * 6, b"\x00" * 8, b"\x01abc", b"\x02" + b"\x00" * 6])
def test_responses_of_another_shape_are_wrong_answers(response) -> None:
    request = PROBLEM.requests([sequence([5, 5, 6])], ENTRY, True)[0]
    with pytest.raises(WrongAnswerError, match="the response is not the bins of 3 items"):
        PROBLEM.judge(request, response, [sequence([5, 5, 6])])


def test_a_response_that_names_far_bins_is_judged_in_bounds() -> None:
    instances = drawn("weibull", 8, 500)
    request = PROBLEM.requests(instances, ENTRY, True)[0]
    response = b"\x00" + (65_535 - np.tile(np.arange(500), 8)).astype("<u2").tobytes()
    assert [judged.objective for judged in PROBLEM.judge(request, response, instances)] == [500.0] * 8


def test_sequences_of_many_lengths_are_each_judged_as_their_own() -> None:
    instances = [*drawn("weibull", 2, 30), *drawn("uniform", 2, 600), *drawn("uniform", 1, 50), *drawn("fine", 1, 2500)]
    requests = PROBLEM.requests(instances, ENTRY, True)
    assert [request.indices for request in requests] == [(4, 0, 1), (2, 3), (5,)]
    candidate = baseline(PROBLEM.spec, ENTRY, "best_fit")
    chosen = places(candidate.files, instances, True)
    for request in requests:
        response = simulator.serve(request.payload, policy.load(candidate.files))
        for i, judged in zip(request.indices, PROBLEM.judge(request, response, instances), strict=True):
            alone = PROBLEM.score(instances[i], chosen[i])
            assert (judged.objective, judged.score) == (alone.objective, alone.score)
            assert judged.objective == 1 + max(chosen[i])


# ---- the problem's other parts --------------------------------------------------------------------------------------


def test_splits() -> None:
    counts = {split: len(PROBLEM.instances(split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 80, "validation": 110, "test": 155}
    fixed, both = PROBLEM.instances("test"), PROBLEM.instances("test", "ab")
    assert both[:155] == fixed
    assert len(both) == 195
    assert len({i.name for i in both}) == 195
    assert {i.part for i in both[155:]} <= {i.part for i in fixed}
    assert PROBLEM.instances("train", "ab") is PROBLEM.instances("train")


def test_smoke_is_short_and_of_either_capacity() -> None:
    assert {(i.data["capacity"], len(i.data["items"])) for i in PROBLEM.smoke()} == {(100, 40), (150, 40)}


def test_nothing_of_the_reference_is_in_a_request() -> None:
    instances = PROBLEM.instances("validation")
    hidden = [type(i)(f"other-{k}", i.part, i.data) for k, i in enumerate(instances)]
    for elementwise in (True, False):
        assert PROBLEM.requests(instances, ENTRY, elementwise) == PROBLEM.requests(hidden, ENTRY, elementwise)


def test_views_are_the_shortest_sequences_under_other_names() -> None:
    instances = PROBLEM.instances("train")
    views, origin = PROBLEM.audit_views(instances, 3)
    assert len(views) == 16
    assert all(view.data is instances[k].data for view, k in zip(views, origin, strict=True))
    assert {len(view.data["items"]) for view in views} == {120}
    assert not {view.name for view in views} & {i.name for i in instances}


def test_situations_hold_bins_that_the_item_fits_into_and_tell_rules_apart() -> None:
    found = PROBLEM.situations(ENTRY)
    assert set(found) == set(ENTRY.arguments)
    assert np.broadcast_shapes(*(value.shape for value in found.values())) == found["bins"].shape
    assert (found["bins"] >= found["item"]).all()
    assert (found["bins"][:, -1:] == found["capacity"]).all()
    assert (found["bins"] == found["item"]).any()
    assert set(found["capacity"].ravel()) == {100.0, 150.0}
    rankings = set()
    for name, candidate in baselines(PROBLEM.spec, ENTRY).items():
        space = {}
        exec(candidate.text(), space)
        if name != "funsearch_weibull":
            values = np.broadcast_to(space["priority"](**found), found["bins"].shape)
            rankings.add(np.argsort(-values, axis=1, kind="stable").tobytes())
    assert len(rankings) == len(ENTRY.baselines) - 1


def test_terminals_are_finite_expressions_over_the_arguments() -> None:
    space = dict(PROBLEM.situations(ENTRY), np=np)
    for name, expression in ENTRY.terminals.items():
        assert np.isfinite(eval(expression, {}, space)).all(), name


def best(item, bins, capacity):
    return item - bins


def worst(item, bins, capacity):
    return np.where(bins < capacity, bins, -1.0)


def nothing(item, bins, capacity):
    return bins * np.nan


def test_a_rehearsal_gives_the_excess_on_few_short_sequences() -> None:
    costs = PROBLEM.rehearse(ENTRY, [best, nothing, worst], Random(1))
    assert costs.shape == (3, len(rehearsal.STOCK) * rehearsal.DRAWN)
    assert np.isinf(costs[1]).all()
    assert costs[0].mean() < costs[2].mean() - 4
    assert np.array_equal(costs[0], PROBLEM.rehearse(ENTRY, [best], Random(1))[0])
    assert not np.array_equal(costs[0], PROBLEM.rehearse(ENTRY, [best], Random(2))[0])
    stock = [sequence(row, b.capacity) for b in rehearsal.STOCK for row in rehearsal.generate(b)]
    chosen = places(baseline(PROBLEM.spec, ENTRY, "best_fit").files, stock, True)
    scores = [PROBLEM.score(i, np.array(c)).score for i, c in zip(stock, chosen, strict=True)]
    half = len(stock) // 2
    assert {*costs[0, : rehearsal.DRAWN].round(9)} <= {*np.round(scores[:half], 9)}
    assert {*costs[0, rehearsal.DRAWN :].round(9)} <= {*np.round(scores[half:], 9)}


def test_feedback_names_parts_and_worst_instances() -> None:
    instances = [*drawn("weibull", 3, 30), *drawn("weibull", 1, 30, 8)]
    chosen = places(baseline(PROBLEM.spec, ENTRY, "worst_fit").files, instances, True)
    text = PROBLEM.feedback(instances, [PROBLEM.score(i, np.array(c)) for i, c in zip(instances, chosen, strict=True)])
    assert text.startswith("mean excess any ")
    assert "lower bound" in text


@pytest.mark.parametrize("name", ENTRY.baselines)
def test_an_exported_rule_packs_as_it_was_judged(name) -> None:
    instances = drawn("weibull", 1, 60)
    candidate = baseline(PROBLEM.spec, ENTRY, name)
    (chosen,) = places(candidate.files, instances, False)
    found = PROBLEM.example(ENTRY, instances[0], float(len(set(chosen))))
    space = {}
    exec(candidate.text() + found.code, space)
    test = doctest.DocTestParser().get_doctest(found.doctest, space, "example", None, 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_every_seed_is_a_tree_of_the_terminals() -> None:
    from evolve.proposers.genetic.source import to_tree
    from evolve.proposers.genetic.trees import Grammar

    grammar = Grammar(ENTRY)
    assert [str(to_tree(baseline(PROBLEM.spec, ENTRY, name).text(), ENTRY, grammar)) for name in ENTRY.seeds] == [
        "sub(item, bins)",
        "0.0",
    ]
