"""How much one instance may count."""

import math

import numpy as np

from evolve.fence import far_out


def test_it_lies_six_interquartile_ranges_beyond_the_third_quartile():
    assert far_out(np.arange(101.0)) == 75.0 + 6 * 50.0


def test_scores_that_are_all_alike_have_none():
    assert far_out(np.full(100, 3.0)) == math.inf


def test_a_few_instances_have_none():
    # two running times of a fast baseline, 55 % and 57 % of another's: 99 % is worse than 77 %, not the same
    assert far_out(np.array([55.0, 57.0])) == math.inf
