"""The gate: what the host decides between two requests."""

from __future__ import annotations

import time

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
