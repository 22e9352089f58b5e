"""The gate: what the host decides between two requests."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sandboxes import Reason

ECHO = "def solve(request):\n    return request + b'!'\n"


def test_gate_sees_each_response_in_order(run):
    seen = []
    outcome = run(ECHO, b"a", b"b", b"c", gate=lambda index, response: seen.append((index, response)) or True)
    assert seen == [(0, b"a!"), (1, b"b!"), (2, b"c!")]
    assert (outcome.reason, outcome.stopped_by_gate) == (Reason.FINISHED, False)
    assert outcome.responses == (b"a!", b"b!", b"c!")


def test_gate_stops_the_job_before_the_rest_is_sent(run):
    source = "def solve(request):\n    print(request)\n    return request"
    outcome = run(source, b"a", b"b", b"c", b"d", gate=lambda index, response: index < 1)
    assert (outcome.reason, outcome.stopped_by_gate) == (Reason.FINISHED, True)
    assert outcome.responses == (b"a", b"b")
    assert outcome.stdout == "b'a'\nb'b'\n"


def test_waiting_for_the_gate_is_not_charged(run):
    outcome = run(ECHO, b"a", b"b", b"c", wall_seconds=0.4, gate=lambda index, response: time.sleep(0.3) or True)
    assert outcome.reason is Reason.FINISHED
    assert outcome.wall_seconds < 0.4


def test_cpu_is_charged_while_the_gate_thinks(run):
    source = """
import threading
def spin():
    while True: pass
def solve(request):
    threading.Thread(target=spin, daemon=True).start()
    return request
"""
    outcome = run(source, b"a", b"b", cpu_seconds=0.1, gate=lambda index, response: time.sleep(1.0) or True)
    assert outcome.reason is Reason.CPU_LIMIT


def test_what_the_gate_raises_reaches_the_caller_and_the_slot_survives(pool, make_job):
    def gate(index: int, response: bytes) -> bool:
        raise LookupError("gate")

    for _ in range(2 * pool.slots):
        with pytest.raises(LookupError):
            pool.run(make_job(ECHO, b"a", b"b"), gate)
    for _ in range(2 * pool.slots):
        assert pool.run(make_job(ECHO)).reason is Reason.FINISHED


def test_the_gate_looks_where_it_is_to(pool, make_job):
    """Between looks the job goes on; each answer is shown all the same, in order, before what comes after the look."""
    source = "import time\ndef solve(request):\n    return repr(time.monotonic()).encode()\n"
    shown = []

    def gate(index: int, response: bytes) -> bool:
        shown.append((index, float(response), time.monotonic()))
        return True

    job = replace(make_job(source, *[b"x"] * 5), looks=frozenset({1, 4}))
    outcome = pool.run(job, gate)
    assert [index for index, _, _ in shown] == [0, 1, 2, 3, 4]
    assert tuple(repr(answered).encode() for _, answered, _ in shown) == outcome.responses
    seen_at = {index: at for index, _, at in shown}
    answered_at = {index: answered for index, answered, _ in shown}
    assert answered_at[1] < seen_at[0] < seen_at[1] < answered_at[2]
    assert answered_at[4] < seen_at[2]


def test_nothing_is_asked_after_a_look_that_fails(pool, make_job):
    source = "def solve(request):\n    print(request)\n    return request"
    job = replace(make_job(source, b"a", b"b", b"c", b"d"), looks=frozenset({1}))
    outcome = pool.run(job, lambda index, response: response != b"a")
    assert (outcome.reason, outcome.stopped_by_gate) == (Reason.FINISHED, True)
    assert outcome.responses == (b"a", b"b")
    assert outcome.stdout == "b'a'\nb'b'\n"


def test_answers_before_a_crash_are_shown(pool, make_job):
    """So that a wrong answer is told as one, whatever came of the program afterwards."""
    shown = []
    source = "def solve(request):\n    return request if request != b'c' else 1 / 0"
    job = replace(make_job(source, b"a", b"b", b"c", b"d"), looks=frozenset())
    outcome = pool.run(job, lambda index, response: shown.append(response) or True)
    assert outcome.reason is Reason.EXITED
    assert shown == [b"a", b"b"] == list(outcome.responses)
