"""Hostile candidates: each must end as expected, gain nothing, leave nothing, and leave the slot well.

Each file in ``attacks/`` is one candidate. It prints ``PWNED`` when it got through.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_candidates import ATTACKS, PWNED, read

from sandboxes import Limits, Reason, SandboxPool, open_pool
from tests.support.docker_engine import docker_host
from tests.support.traces import new_traces, traces


@pytest.fixture(scope="module", params=["bubblewrap", "docker"])
def attacked(request: pytest.FixtureRequest) -> Iterator[tuple[SandboxPool, set[str]]]:
    """A pool of this file's own, and what there was on the machine before it was opened."""
    where = request.getfixturevalue("engine") if request.param == "docker" else os.environ["DOCKER_HOST"]
    with docker_host(where):
        before = traces()
        with open_pool(request.param, slots=2) as opened:
            yield opened, before


@pytest.fixture(scope="module")
def pool(attacked: tuple[SandboxPool, set[str]]) -> SandboxPool:
    return attacked[0]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda path: path.stem)
def test_attack_is_contained(run, pool, attack):
    source, header = read(attack)
    limits = {key: float(value) for key, value in (pair.split("=") for pair in header.get("limits", "").split())}
    limits |= {key: int(value) for key, value in limits.items() if value.is_integer()}
    outcome = run(source, b"request", **limits)
    assert outcome.reason in header["ends"].split(), outcome
    assert PWNED not in outcome.stdout + outcome.stderr
    assert outcome.orphans_killed >= int(header.get("orphans", "0"))
    assert outcome.wall_seconds < Limits().wall_seconds / 4
    for _ in range(pool.slots):
        honest = run("import os\ndef solve(r):\n    return repr(os.listdir('/w')).encode()")
        assert (honest.reason, honest.responses) == (Reason.FINISHED, (b"[]",))


def test_nothing_is_remembered_between_jobs(run, pool):
    source = """
import builtins, os, sys
def solve(request):
    seen = [hasattr(builtins, "seen"), "seen" in os.environ, "seen" in sys.modules, os.path.exists("/w/seen")]
    builtins.seen = 1
    os.environ["seen"] = "1"
    sys.modules["seen"] = sys
    open("/w/seen", "w").close()
    return repr(seen).encode()
"""
    for _ in range(2 * pool.slots):
        assert run(source).responses == (b"[False, False, False, False]",)


def test_nothing_of_an_earlier_job_is_in_memory(run, pool):
    """Neither its source nor its requests nor its responses nor what it printed."""
    secret = "def solve(r):\n    print('SECRET' + '-PRINT')\n    return b'SECRET-ANSWER' * 99\n# SECRET-SOURCE\n"
    scan = """
import ctypes, re
def solve(request):
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    found = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if match and "[v" not in line:
                memory.seek(int(match[1], 16))
                try:
                    found |= set(re.findall(b"SECRET[-]([A-Z]+)", memory.read(int(match[2], 16) - int(match[1], 16))))
                except OSError:
                    pass
    return repr(sorted(found)).encode()
"""
    for _ in range(2 * pool.slots):
        assert run(secret, b"SECRET-REQUEST" * 99).reason is Reason.FINISHED
    for _ in range(2 * pool.slots):
        assert run(scan).responses == (b"[]",)


def test_only_its_own_pipes_are_open(run):
    source = """
import os
def solve(request):
    links = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{fd}"))
        except OSError:
            continue  # the listing's own
    return "\\n".join(links).encode()
"""
    links = run(source).responses[0].decode().splitlines()
    assert sorted(link.partition(":")[0] for link in links) == ["/dev/null", "pipe", "pipe", "pipe", "pipe"]


def test_clocks_are_outside(run):
    source = """
import time
def solve(request):
    until = time.process_time() + 0.2
    while time.process_time() < until: pass
    for name in ("time", "perf_counter", "monotonic", "process_time", "monotonic_ns", "process_time_ns"):
        setattr(time, name, lambda: 0)
    return request
"""
    outcome = run(source)
    assert outcome.response_seconds[0] >= 0.2
    assert outcome.cpu_seconds >= 0.2


def test_driver_in_the_candidates_process_is_not_trusted(run):
    source = """
import builtins, json, os, sys
def solve(request):
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("worker"):
            vars(module).clear()
    json.dumps = builtins.len = lambda *a: 1 / 0
    return request
"""
    assert run(source).reason in (Reason.EXITED, Reason.FINISHED)


def test_host_settings_are_untouched():
    assert "/w/" not in Path("/proc/sys/kernel/core_pattern").read_text()


def test_nothing_is_left_behind(attacked):
    """By all of the above on one backend, and by the pool itself: it is closed here, so this must stand last."""
    pool, before = attacked
    pool.close()
    assert new_traces(before) == set()
