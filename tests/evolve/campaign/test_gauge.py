"""Bounds are exact, whoever asks at the same time."""

from __future__ import annotations

import threading

from evolve.campaign.config import Bounds
from evolve.campaign.gauge import Gauge


def test_concurrent_starts_never_pass_the_bound():
    gauge = Gauge(Bounds(evaluations=100))
    started = []

    def lane():
        while (ordinal := gauge.start_proposal()) is not None:
            started.append(ordinal)
            # Every third child is a duplicate: its reserved evaluation comes back.
            gauge.settle(evaluated=ordinal % 3 != 0)

    threads = [threading.Thread(target=lane) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gauge.evaluations == 100
    assert gauge.in_flight == 0
    assert sorted(started) == list(range(1, len(started) + 1))
    assert gauge.spent() == "evaluations"


def test_a_repair_needs_an_evaluation_of_its_own():
    gauge = Gauge(Bounds(evaluations=2))
    assert gauge.start_proposal() == 1
    gauge.settle(evaluated=True)
    assert gauge.reserve_evaluation()
    assert not gauge.reserve_evaluation()
    assert gauge.start_proposal() is None
    gauge.settle(evaluated=False)
    assert gauge.start_proposal() == 2


def test_resumed_counts_go_on():
    gauge = Gauge(Bounds(proposals=10, minutes=5), proposals=9, evaluations=4, seconds=200.0)
    gauge.begin()
    assert gauge.seconds >= 200.0
    assert gauge.start_proposal() == 10
    assert gauge.start_proposal() is None
    assert gauge.spent() == "proposals"
    assert Gauge(Bounds(minutes=1), seconds=61).spent() == "minutes"
