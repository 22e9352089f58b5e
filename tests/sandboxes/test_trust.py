"""What a job cannot have believed, taken or refused, each once found by an attack."""

from __future__ import annotations

import pytest
from sandbox_candidates import PROGRAM

from sandboxes import Job, Limits, Reason

EARLY = """
import fcntl, os

def answers():
    for fd in range(3, 20):
        try:
            if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                return fd
        except OSError:
            pass

def solve(request):
    os.write(answers(), WRITTEN)
    return b"late"
"""
ANSWER = (6).to_bytes(4, "little") + b"answer"


@pytest.mark.parametrize("gate", [None, lambda index, response: True])
def test_an_answer_to_what_was_not_asked_ends_the_job(run, gate):
    outcome = run(EARLY.replace("WRITTEN", repr(ANSWER * 2)), b"1", b"2", b"3", gate=gate)
    assert outcome.reason is Reason.UNASKED
    assert outcome.responses == (b"answer",)


def test_an_answer_begun_before_its_request_is_one_too(run):
    half = EARLY.replace("WRITTEN", repr(ANSWER + ANSWER[:1])).replace('return b"late"', "while True: pass")
    assert run(half, b"1", b"2").reason is Reason.UNASKED


def test_the_candidate_and_not_its_simulator_ends_for_memory(pool):
    """Many small processes hold what the simulator, larger than each, would be ended for."""
    hold = """
import os
def solve(request):
    for _ in range(26):
        if os.fork() == 0:
            break
    os.execv("/usr/bin/dd", ["dd", "if=/dev/zero", "of=/dev/null", "bs=6M"])
"""
    simulator = "def serve(request, ask):\n    return ask(request)\n"
    limits = Limits(cpu_seconds=10.0, wall_seconds=30.0, memory_bytes=128 << 20)
    for _ in range(4):
        outcome = pool.run(Job(PROGRAM, {"candidate.py": hold.encode()}, (b"",), simulator, limits))
        assert (outcome.reason, outcome.in_simulator) == (Reason.MEMORY_LIMIT, False)


def test_memory_hidden_in_files_costs_the_next_job_nothing(run):
    """Files outlive the candidate that is ended for them; the kernel may then take more than the candidate."""
    hide = """
def solve(request):
    for k in range(99):
        with open(f"/w/{k}", "wb") as file:
            file.write(b"x" * (8 << 20))
"""
    for _ in range(30):
        assert run(hide, memory_bytes=24 << 20, disk_bytes=512 << 20).reason is Reason.MEMORY_LIMIT
        after = run("def solve(request):\n    return request", b"alive")
        assert (after.reason, after.responses) == (Reason.FINISHED, (b"alive",)), after.detail


def test_modules_not_yet_imported_can_be(run):
    source = "import numpy as np\ndef solve(r):\n    return b'%d' % np.fft.fft(np.random.default_rng(1).random(4)).size"
    assert run(source).responses == (b"4",)


def test_a_programs_future_imports_are_its_own(pool):
    """They would turn a candidate's annotations into text."""
    program = (
        "def load(files):\n    def f(x: int): pass\n    return lambda r: type(f.__annotations__['x']).__name__.encode()"
    )
    assert pool.run(Job(program, {}, (b"",))).responses == (b"type",)


@pytest.mark.parametrize("number", [206, 253, 294], ids=["io_setup", "inotify_init", "inotify_init1"])
def test_what_is_counted_for_the_whole_host_is_refused(run, number):
    source = f"import ctypes\ndef solve(r):\n    return b'%d' % ctypes.CDLL(None).syscall({number}, 1, 0)"
    assert run(source).responses == (b"-1",)
