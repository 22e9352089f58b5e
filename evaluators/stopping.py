"""When enough pairs have been timed.

Pairs are run in rounds, one on each instance, and after each round it is asked whether more of them could matter. They
do not in two cases only, and neither can make anybody win:

* *Futility*: the candidate is clearly slower than the bar it is raced against. That it is clearly faster never ends
  its measurement. So whoever is kept has had all pairs, and nobody's score is the best of several looks at it. What a
  look too many costs is that a candidate which would just have reached the bar is let go now and then (in one of 200
  looks at most, were it as slow as the bar and the margin; it is below the middle of the population then).
* *Precision*: the interval is narrow already. Whether it is depends on the spread of the pairs and not on where they
  lie, and for errors distributed alike to both sides the spread says nothing of the error of the mean (of normal ones
  the two are independent): scores are as right on average as with all pairs. Intervals are a little too short, so this
  is left to ``train``. Who wins is decided on ``validation`` and told on ``test``, with all pairs.

Both ask Student's t of the rounds, at 0.5 % on one side, so that three rounds that agree by chance end nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

FEWEST = 3
"""Rounds before anything is asked."""
MARGIN = 0.02
"""Share of the bar by which it may itself have been measured too low."""
NARROW = 0.01
"""Half width, as a share of the score, of an interval that is narrow enough."""
PERCENT = 100.0
_T = (9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250)
"""99.5 % quantiles of Student's t with 2, 3, … degrees of freedom; with more the last is on the safe side."""


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What a candidate must come near to.

    Attributes:
        bar: per-instance scores, shape (instances,), percent of the baseline's time; None: no race.
        fence: no instance costs more than this, in signed scores.
        sign: 1 where less is better, -1 where more is.
    """

    bar: np.ndarray | None = None
    fence: float = float("inf")
    sign: float = 1.0


@dataclass(frozen=True, slots=True)
class Stopping:
    """The rule.

    Attributes:
        hurdle: for futility.
        narrow: whether a narrow interval ends the measurement.
    """

    hurdle: Hurdle = field(default_factory=Hurdle)
    narrow: bool = False

    def reason(self, ratios: np.ndarray) -> Literal["", "slow", "narrow"]:
        """Why no further round is needed, or nothing.

        Args:
            ratios: log-ratios of the rounds so far, shape (instances, rounds).
        """
        if ratios.shape[1] < FEWEST:
            return ""
        if self._is_slow(ratios):
            return "slow"
        if self.narrow and _half_width(ratios.mean(axis=0)) <= NARROW:
            return "narrow"
        return ""

    def _is_slow(self, ratios: np.ndarray) -> bool:
        bar, fence, sign = self.hurdle.bar, self.hurdle.fence, self.hurdle.sign
        if bar is None:
            return False
        scores = np.minimum(sign * PERCENT * np.exp(ratios), fence)
        height = float(np.minimum(sign * bar, fence).mean())
        behind = scores.mean(axis=0) - height - MARGIN * abs(height)
        return float(behind.mean()) > _half_width(behind)


def _half_width(rounds: np.ndarray) -> float:
    """Of the 99 % interval of the mean of ``rounds``, shape (rounds,)."""
    count = len(rounds)
    return _T[min(count - FEWEST, len(_T) - 1)] * float(rounds.std(ddof=1)) / float(np.sqrt(count))
