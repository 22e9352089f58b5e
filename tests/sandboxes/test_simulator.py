"""Online jobs: a trusted simulator in a second process, which the candidate cannot reach."""

from __future__ import annotations

import pytest

from sandboxes import Reason

SUM = """
def serve(request, ask):
    total = 0
    for value in request:
        total += int(ask(b"%d" % value))
    return b"%d" % total
"""
DOUBLE = "def solve(observation):\n    return b'%d' % (2 * int(observation))\n"


def test_simulator_answers_by_asking_the_candidate(run):
    outcome = run(DOUBLE, bytes([1, 2, 3]), bytes([10]), simulator=SUM)
    assert (outcome.reason, outcome.responses) == (Reason.FINISHED, (b"12", b"20"))
    assert not outcome.in_simulator


def test_gate_sees_the_simulators_responses(run):
    outcome = run(DOUBLE, b"\1", b"\2", b"\3", simulator=SUM, gate=lambda index, response: response != b"4")
    assert (outcome.stopped_by_gate, outcome.responses) == (True, (b"2", b"4"))


def test_thousand_questions(run):
    outcome = run(DOUBLE, bytes(1000), simulator=SUM)
    assert outcome.responses == (b"0",)
    assert outcome.cpu_seconds < 2


def test_candidate_finds_nothing_of_the_instance(run):
    source = """
import ctypes, os, re
def solve(observation):
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    found = []
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if not match or "[v" in line:
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            try:
                memory.seek(start)
                found += re.findall(b"FUTURE[-]VALUE", memory.read(end - start))
            except OSError:
                pass
    others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
    killed = []
    for pid in list(range(2, 60)) + [-1]:
        try:
            os.kill(pid, 9)
            killed.append(pid)
        except OSError:
            pass
    return repr((found, others, killed)).encode()
"""
    simulator = "def serve(request, ask):\n    return ask(b'nothing') + request[-5:]\n"
    request = b"FUTURE-" + b"VALUE" * 1000
    for _ in range(3):  # nor anything an earlier job left
        assert run(source, request, simulator=simulator).responses == (b"([], [], [])VALUE",)


@pytest.mark.parametrize(
    ("source", "reason", "told"),
    [
        ("def solve(o):\n    return 1 / 0", Reason.EXITED, "ZeroDivisionError"),
        ("import os\ndef solve(o):\n    os._exit(0)", Reason.EXITED, ""),
        ("import os\ndef solve(o):\n    os.abort()", Reason.SIGNALLED, ""),
        ("import time\ndef solve(o):\n    time.sleep(60)", Reason.WALL_LIMIT, ""),
        ("def solve(o):\n    while True: pass", Reason.CPU_LIMIT, ""),
        ("def solve(o):\n    raise MemoryError", Reason.MEMORY_LIMIT, "MemoryError"),
        ("def solve(o):\n    return b'x' * 2000", Reason.OUTPUT_LIMIT, ""),
        ("import os\ndef solve(o):\n    os.closerange(3, 60)", Reason.EXITED, ""),
    ],
)
def test_what_the_candidate_does_wrong_is_its_own(run, source, reason, told):
    outcome = run(source, b"\1", simulator=SUM, cpu_seconds=0.3, wall_seconds=2.5, response_bytes=1000)
    assert (outcome.reason, outcome.in_simulator) == (reason, False)
    assert told in outcome.stderr


@pytest.mark.parametrize(
    ("simulator", "reason", "told"),
    [
        ("def serve(request, ask):\n    return {}['x']", Reason.EXITED, "KeyError"),
        ("def serve(request, ask):\n    return None", Reason.EXITED, "TypeError"),
        ("import os\ndef serve(request, ask):\n    os.abort()", Reason.SIGNALLED, ""),
        ("syntax error", Reason.EXITED, "simulator.py"),
    ],
)
def test_what_the_simulator_does_wrong_is_told_apart(run, simulator, reason, told):
    outcome = run(DOUBLE, b"\1", simulator=simulator)
    assert (outcome.reason, outcome.in_simulator) == (reason, True)
    assert told in outcome.stderr


def test_flooding_the_simulator_is_an_output_limit(run):
    source = "import os\ndef solve(o):\n    while True: os.write(7, b'x' * 65536); os.write(8, b'x')\n"
    assert run(source, b"\1", simulator=SUM, wall_seconds=2.0).reason in (Reason.OUTPUT_LIMIT, Reason.EXITED)
