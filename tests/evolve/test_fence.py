"""How much one instance may count."""

import math

import numpy as np
import pytest

from evolve.fence import far_out


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_it_lies_six_interquartile_ranges_beyond_the_third_quartile(sign):
    scores = sign * np.array([*range(13), 1000.0])
    assert far_out(sign * scores) == 9.75 + 6 * (9.75 - 3.25)


def test_scores_that_are_all_alike_have_none():
    assert far_out(np.full(100, 3.0)) == math.inf


def test_a_few_instances_have_none():
    # two running times of a fast baseline, 55 % and 57 % of another's: 99 % is worse than 77 %, not the same
    assert far_out(np.array([55.0, 57.0])) == math.inf
