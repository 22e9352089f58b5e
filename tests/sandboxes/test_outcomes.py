"""Every way a job can end is told apart from every other, with the facts that go with it."""

from __future__ import annotations

import threading

import pytest

from sandboxes import Reason

MIB = 1 << 20
ECHO = "def solve(request):\n    return request\n"


def test_finished_job_has_one_response_a_request_and_their_times(run, pool):
    outcome = run(ECHO, b"a", b"", b"c" * 300_000)
    assert outcome.reason is Reason.FINISHED
    assert outcome.responses == (b"a", b"", b"c" * 300_000)
    assert len(outcome.response_seconds) == 3
    assert all(0 < seconds < 5 for seconds in outcome.response_seconds)
    assert (outcome.exit_code, outcome.signal, outcome.orphans_killed, outcome.oom_kills) == (None, None, 0, 0)
    assert 0 < outcome.cpu_seconds < 2
    assert 0 < outcome.wall_seconds < 5
    assert outcome.run_delay_seconds >= 0
    assert 0 < outcome.peak_memory_bytes < 64 * MIB
    assert outcome.backend == pool.capabilities.backend


def test_job_without_requests_finishes_once_it_is_loaded(pool, make_job):
    from dataclasses import replace

    assert pool.run(replace(make_job(ECHO), requests=())).reason is Reason.FINISHED
    assert pool.run(replace(make_job("1/0"), requests=())).reason is Reason.EXITED


def test_numpy_is_there_and_site_packages_are_not(run):
    outcome = run("import numpy\ndef solve(request):\n    return numpy.arange(3, dtype='u1').tobytes()")
    assert outcome.responses == (b"\0\1\2",)
    outcome = run("import pytest\ndef solve(request):\n    return b''")
    assert "ModuleNotFoundError" in outcome.stderr


def test_many_large_requests_and_responses(run):
    requests = tuple(bytes([k]) * 200_000 for k in range(20))
    assert run("def solve(request):\n    return request * 2", *requests).responses == tuple(r * 2 for r in requests)


def test_prints_are_kept_apart_from_responses(run):
    outcome = run("import sys\ndef solve(r):\n    print('out')\n    print('err', file=sys.stderr)\n    return r")
    assert (outcome.responses, outcome.stdout, outcome.stderr) == ((b"x",), "out\n", "err\n")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def solve(request):\n    return 1 / 0", ["candidate.py", "return 1 / 0", "ZeroDivisionError"]),
        ("def solve(request:\n", ["candidate.py", "SyntaxError"]),
        ("def solve(request):\n    return 7", ["TypeError: a response must be bytes, got int"]),
        ("x = 1", ["KeyError: 'solve'"]),
        ("def solve(request):\n    return solve(request)", ["RecursionError"]),
        ("import sys\ndef solve(request):\n    sys.exit('no more')", ["no more"]),
        ("def solve(request):\n    raise KeyboardInterrupt", ["KeyboardInterrupt"]),
    ],
)
def test_exception_ends_the_job_with_its_traceback(run, source, told):
    outcome = run(source)
    assert (outcome.reason, outcome.exit_code) == (Reason.EXITED, 1)
    assert all(part in outcome.stderr for part in told)
    assert "/trusted" not in outcome.stderr


def test_exception_after_some_responses_keeps_them(run):
    outcome = run("def solve(request):\n    return b'%d' % (6 // int(request))", b"1", b"2", b"0", b"3")
    assert (outcome.reason, outcome.responses) == (Reason.EXITED, (b"6", b"3"))


@pytest.mark.parametrize(
    ("call", "code"), [("os._exit(0)", 0), ("os._exit(9)", 9), ("sys.exit(7)", 7), ("sys.exit()", 0)]
)
def test_exit_before_answering(run, call, code):
    outcome = run(f"import os, sys\ndef solve(request):\n    {call}")
    assert (outcome.reason, outcome.exit_code, outcome.signal) == (Reason.EXITED, code, None)


@pytest.mark.parametrize("crash", ["ctypes.string_at(0)", "os.abort()"])
def test_crash_is_a_signal(run, crash):
    outcome = run(f"import ctypes, os\ndef solve(request):\n    {crash}")
    assert outcome.reason is Reason.SIGNALLED
    assert outcome.signal in (6, 11)
    assert outcome.exit_code is None


def test_cpu_limit(run):
    outcome = run("def solve(request):\n    while True: pass", cpu_seconds=0.2)
    assert outcome.reason is Reason.CPU_LIMIT
    assert 0.2 <= outcome.cpu_seconds < 0.5


def test_wall_limit_does_not_cost_cpu(run):
    outcome = run("import time\ndef solve(request):\n    time.sleep(60)", wall_seconds=0.2)
    assert outcome.reason is Reason.WALL_LIMIT
    assert 0.2 <= outcome.wall_seconds < 2
    assert outcome.cpu_seconds < 0.2


def test_wall_limit_while_loading(run):
    assert run("import time\ntime.sleep(60)", wall_seconds=0.2).reason is Reason.WALL_LIMIT


def test_memory_limit_by_use_and_by_asking_too_much(run):
    outcome = run("def solve(r):\n    x = []\n    while True: x.append(bytearray(1 << 20))", memory_bytes=48 * MIB)
    assert outcome.reason is Reason.MEMORY_LIMIT
    assert outcome.oom_kills >= 1
    outcome = run("def solve(r):\n    return bytearray(1 << 60)")
    assert outcome.reason is Reason.MEMORY_LIMIT
    assert "MemoryError" in outcome.stderr


def test_memory_limit_too_small_to_begin(run):
    assert run("x = b'x' * (60 << 20)", memory_bytes=1).reason is Reason.MEMORY_LIMIT


def test_process_limit(run):
    outcome = run("import os\ndef solve(request):\n    while True: os.fork()", processes=8)
    assert outcome.reason is Reason.PROCESS_LIMIT
    source = (
        "import threading, time\ndef solve(r):\n    while True: threading.Thread(target=time.sleep, args=(9,)).start()"
    )
    assert run(source, processes=8).reason is Reason.PROCESS_LIMIT


def test_processes_within_the_limit_are_fine(run):
    source = """
import os, threading
def solve(request):
    children = []
    for _ in range(5):
        pid = os.fork()
        if pid == 0:
            os._exit(3)
        children.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    threads = [threading.Thread(target=children.append, args=(4,)) for _ in range(3)]
    for t in threads: t.start()
    for t in threads: t.join()
    return repr(children).encode()
"""
    assert run(source, processes=8).responses == (b"[3, 3, 3, 3, 3, 4, 4, 4]",)


def test_output_limit_by_responses_and_by_stdout(run):
    assert run("def solve(r):\n    return b'x' * 3000", response_bytes=2999).reason is Reason.OUTPUT_LIMIT
    assert run("def solve(r):\n    return b'x' * 3000", response_bytes=3000).reason is Reason.FINISHED
    outcome = run("def solve(r):\n    return b'x' * 1000", b"a", b"b", b"c", response_bytes=2500)
    assert (outcome.reason, len(outcome.responses)) == (Reason.OUTPUT_LIMIT, 2)
    outcome = run("def solve(r):\n    print('y' * 5000)\n    return r", output_bytes=4096)
    assert (outcome.reason, outcome.stdout) == (Reason.OUTPUT_LIMIT, "y" * 4096)


def test_stderr_keeps_its_tail_and_ends_nothing(run):
    outcome = run(
        "import sys\ndef solve(r):\n    sys.stderr.write('a' * 100_000 + 'the end')\n    return r", output_bytes=4096
    )
    assert outcome.reason is Reason.FINISHED
    assert len(outcome.stderr) == 4096
    assert outcome.stderr.endswith("athe end")


@pytest.mark.parametrize(
    "filling",
    [
        "open('f', 'wb').write(b'x' * (9 << 20))",
        "[open(f'f{k}', 'wb').write(b'x' * (1 << 20)) for k in range(9)]",
        "[open(f'f{k}', 'wb').close() for k in range(200)]",
    ],
)
def test_disk_limit_by_size_and_by_number(run, filling):
    outcome = run(f"def solve(r):\n    {filling}\n    return r", disk_bytes=8 * MIB, inodes=100)
    assert outcome.reason is Reason.DISK_LIMIT


def test_disk_within_the_limit_is_fine(run):
    source = """
import os
def solve(request):
    open("f", "wb").write(b"x" * (4 << 20))
    return b"%d" % os.path.getsize("/w/f")
"""
    assert run(source, disk_bytes=8 * MIB).responses == (b"%d" % (4 * MIB),)


def test_open_files_are_limited(run):
    outcome = run("import os\ndef solve(r):\n    return repr([os.pipe() for _ in range(99)]).encode()", open_files=40)
    assert "Too many open files" in outcome.stderr


def test_limits_are_each_candidates_own(pool, make_job):
    """Two jobs side by side under different limits; the same use is too much for one and fine for the other."""
    source = "import time\ndef solve(r):\n    x = b'x' * (100 << 20)\n    time.sleep(0.3)\n    return b'%d' % len(x)"
    jobs = {size: make_job(source, memory_bytes=size * MIB) for size in (64, 200)}
    outcomes = {}

    def run(size: int) -> None:
        outcomes[size] = pool.run(jobs[size])

    threads = [threading.Thread(target=run, args=(size,)) for size in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {size: outcome.reason for size, outcome in outcomes.items()} == {
        64: Reason.MEMORY_LIMIT,
        200: Reason.FINISHED,
    }
    assert 100 * MIB < outcomes[200].peak_memory_bytes < 125 * MIB


def test_cpu_seconds_are_those_of_the_job(run):
    source = """
import time
def solve(request):
    until = time.process_time() + 0.3
    while time.process_time() < until: pass
    return request
"""
    assert 0.3 <= run(source).cpu_seconds < 0.33


def test_hash_seed_is_fixed_and_generators_are_not(run):
    source = "import random\ndef solve(r):\n    return repr((hash('x'), random.random())).encode()"
    (first,), (second,) = run(source).responses, run(source).responses
    assert eval(first)[0] == eval(second)[0]
    assert eval(first)[1] != eval(second)[1]
