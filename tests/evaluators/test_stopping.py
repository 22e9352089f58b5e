"""When enough pairs have been timed, and how long a crowded machine is waited for."""

from __future__ import annotations

import time

import numpy as np
import pytest

from evaluators import run_queue
from evaluators.run_queue import RunQueue
from evaluators.stopping import Hurdle, Stopping

BAR = np.array([50.0, 60.0])


def ratios(scores: np.ndarray, rounds: int, spread: float, seed: int = 0) -> np.ndarray:
    """Log-ratios of a candidate with these scores, errors being normal."""
    errors = np.random.default_rng(seed).normal(0.0, spread, (len(scores), rounds))
    return np.log(scores / 100.0)[:, None] + errors


def test_only_who_is_clearly_slower_is_stopped():
    rule = Stopping(Hurdle(BAR))
    assert rule.reason(ratios(2 * BAR, 3, 0.02)) == "slow"
    assert rule.reason(ratios(2 * BAR, 2, 0.0)) == ""  # of two rounds nothing is known
    assert rule.reason(ratios(2 * BAR, 3, 0.5)) == ""  # too unsteady to say
    assert rule.reason(ratios(0.1 * BAR, 7, 0.001)) == ""  # never for being fast
    assert rule.reason(ratios(1.01 * BAR, 7, 0.0001)) == ""  # the bar itself was measured
    assert Stopping(Hurdle(None)).reason(ratios(9 * BAR, 7, 0.01)) == ""


def test_one_instance_costs_no_more_than_the_fence():
    awful_once = np.array([20.0, 6000.0])
    assert Stopping(Hurdle(BAR, fence=70.0)).reason(ratios(awful_once, 5, 0.01)) == ""
    assert Stopping(Hurdle(BAR)).reason(ratios(awful_once, 5, 0.01)) == "slow"


def test_where_more_is_better_the_slow_are_those_below():
    assert Stopping(Hurdle(BAR, sign=-1.0)).reason(ratios(0.5 * BAR, 5, 0.01)) == "slow"
    assert Stopping(Hurdle(BAR, sign=-1.0)).reason(ratios(2 * BAR, 5, 0.01)) == ""


def test_who_equals_the_bar_is_rarely_let_go():
    rule = Stopping(Hurdle(BAR))
    gone = 0
    for seed in range(2000):
        measured = ratios(BAR, 7, 0.05, seed)
        gone += any(rule.reason(measured[:, :rounds]) for rounds in range(3, 7))
    assert gone < 20


def test_a_narrow_interval_ends_it_whoever_is_ahead_and_only_where_that_is_asked_for():
    for scores in (2 * BAR, 0.5 * BAR):
        assert Stopping(narrow=True).reason(ratios(scores, 4, 0.0005)) == "narrow"
        assert Stopping(narrow=True).reason(ratios(scores, 4, 0.05)) == ""
        assert Stopping(narrow=False).reason(ratios(scores, 4, 0.0005)) == ""


def test_stopping_for_a_narrow_interval_moves_no_score():
    """The mean of what was measured until then is the true one, as near as 4000 measurements can tell."""
    rule = Stopping(narrow=True)
    means, stopped = [], 0
    for seed in range(4000):
        measured = ratios(BAR, 7, 0.006, seed)
        rounds = next((r for r in range(3, 7) if rule.reason(measured[:, :r])), 7)
        stopped += rounds < 7
        means.append(float((measured[:, :rounds] - np.log(BAR / 100.0)[:, None]).mean()))
    assert stopped > 1000
    assert abs(np.mean(means)) < 4 * np.std(means) / np.sqrt(len(means))


@pytest.fixture
def say(monkeypatch, tmp_path):
    """Says how many threads are on the run queue, the one that asks among them."""
    path = tmp_path / "loadavg"
    monkeypatch.setattr(run_queue, "LOADAVG", path)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    return lambda running: path.write_text(f"0.50 0.40 0.30 {running}/321 4711\n")


def test_idle_cores_are_not_waited_for(say):
    say(3)
    queue = RunQueue(cores=2)
    began = time.monotonic()
    queue()
    assert not queue.crowded and time.monotonic() - began < 1.0


def test_a_crowd_is_waited_for_so_long_and_the_next_half_as_long(say, monkeypatch):
    monkeypatch.setattr(run_queue, "PATIENCE", 0.2)
    say(4)
    queue = RunQueue(cores=2)
    waited = []
    for _ in range(4):
        began = time.monotonic()
        queue()
        waited.append(time.monotonic() - began)
        assert queue.crowded
    assert waited[0] >= 0.2 and sum(waited[1:]) < 1.0 and waited[3] < waited[0]
    say(1)
    queue()
    assert not queue.crowded


def test_where_the_kernel_does_not_say_nothing_is_waited_for(monkeypatch, tmp_path):
    monkeypatch.setattr(run_queue, "LOADAVG", tmp_path / "none")
    queue = RunQueue(cores=1)
    queue()
    assert not queue.crowded
