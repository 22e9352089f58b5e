"""What else online bin packing gives: splits, views, situations, a trial run, feedback, an exported module."""

from __future__ import annotations

import doctest
from random import Random

import numpy as np
import pytest
from packing_running import ENTRY, PROBLEM, drawn, places, sequence

from evaluators.baselines import baseline, baselines
from evaluators.packing.online_bin_packing import rehearsal


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
