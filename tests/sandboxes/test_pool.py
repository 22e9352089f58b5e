"""The pool: slots die and are replaced, nothing is left behind, and without walls nothing runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes import Job, Reason, SandboxUnavailableError, open_pool
from sandboxes import pool as pool_module
from sandboxes.cgroups import PREFIX, hierarchies
from sandboxes.reaper import reap
from tests.support.traces import on_the_host

ROOT = Path(__file__).resolve().parents[2]
ECHO = Job("def load(files):\n    return lambda request: request\n", {}, (b"alive",))
SLEEP = Job("import time\ndef load(files):\n    return lambda request: time.sleep(60)\n", {}, (b"x",))


def descendants(pid: int) -> list[int]:
    """Pids of all processes below ``pid``."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_sandbox_with_another_python_compiles_for_itself() -> None:
    """Bytecode is sent only where the same Python reads it; either way an error names its line."""
    broken = Job("def load(files):\n    return lambda request: 1 / 0\n", {}, (b"x",))
    with open_pool("bubblewrap", 1) as pool:
        said = []
        for magic in (None, "00000000"):
            for slot in pool._alive:
                slot.hello["bytecode"] = magic or slot.hello["bytecode"]
            assert pool.run(ECHO).responses == (b"alive",)
            said.append(pool.run(broken).stderr)
        assert said[0] == said[1]
        assert 'File "program.py", line 2, in <lambda>\n    return lambda request: 1 / 0' in said[0]
        assert "SyntaxError" in pool.run(Job("def load(:\n", {}, (b"x",))).stderr


def our_groups(pid: int) -> list[str]:
    """Cgroups of the host process ``pid``."""
    return [
        f"{top}/{name}"
        for hierarchy in hierarchies()
        for top, folders, _ in os.walk(hierarchy)
        for name in folders
        if name.startswith(f"{PREFIX}{pid}-")
    ]


def slot_processes() -> set[int]:
    return {pid for pid in descendants(os.getpid()) if "bwrap" in command(pid) or "worker.main" in command(pid)}


def test_two_threads_share_two_slots(pool):
    answers = []

    def work() -> None:
        answers.extend(pool.run(ECHO).responses for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(b"alive",)] * 60


@pytest.mark.parametrize("victim", ["bwrap", "supervisor"])
def test_worker_killed_between_jobs_is_replaced_and_costs_none(victim):
    before = slot_processes()
    with open_pool(slots=1, preload=()) as pool:
        assert pool.run(ECHO).reason is Reason.FINISHED
        launcher = min(slot_processes() - before)
        os.kill([launcher, *descendants(launcher)][["bwrap", "supervisor"].index(victim)], signal.SIGKILL)
        assert wait_until(lambda: not descendants(launcher))
        time.sleep(0.05)
        assert pool.run(ECHO).responses == (b"alive",)


def test_killed_fork_server_costs_one_internal_error_and_is_replaced():
    before = slot_processes()
    with open_pool(slots=1, preload=()) as pool:
        launcher = min(slot_processes() - before)
        os.kill(max(descendants(launcher)), signal.SIGKILL)
        outcome = pool.run(ECHO)
        assert outcome.reason is Reason.INTERNAL_ERROR
        assert outcome.detail
        assert pool.run(ECHO).responses == (b"alive",)


def test_clock_that_jumps_ends_no_job(pool, monkeypatch):
    jumps = iter(range(10**9, 10**12, 10**9))
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    assert pool.run(ECHO).responses == (b"alive",)


def test_waiting_jobs_are_told_that_the_pool_was_closed():
    pool = open_pool(slots=1, preload=())
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(pool.run(SLEEP))) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    pool.close()
    for thread in threads:
        thread.join(10)
    assert [outcome.reason for outcome in outcomes] == [Reason.INTERNAL_ERROR] * 3


def test_worker_killed_in_the_middle_of_a_job():
    before = slot_processes()
    with open_pool(slots=1, preload=()) as pool:
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(pool.run(SLEEP)))
        thread.start()
        time.sleep(0.3)
        os.kill(min(slot_processes() - before), signal.SIGKILL)
        thread.join(10)
        assert [outcome.reason for outcome in outcomes] == [Reason.INTERNAL_ERROR]
        assert pool.run(ECHO).responses == (b"alive",)


def test_slots_are_recycled_without_a_job_noticing(monkeypatch):
    monkeypatch.setattr(pool_module, "RECYCLE_AFTER", 5)
    before = slot_processes()
    with open_pool(slots=1, preload=()) as pool:
        first = slot_processes() - before
        assert wait_until(lambda: pool.run(ECHO).responses == (b"alive",) and not first & slot_processes())


def test_close_leaves_nothing():
    host = on_the_host()
    groups, before = our_groups(os.getpid()), slot_processes()
    pool = open_pool(slots=2, preload=())
    assert pool.run(ECHO).reason is Reason.FINISHED
    pool.close()
    pool.close()
    assert slot_processes() == before
    assert our_groups(os.getpid()) == groups
    assert on_the_host() == host
    with pytest.raises(RuntimeError, match="closed"):
        pool.run(ECHO)


def test_close_ends_running_jobs_at_once():
    pool = open_pool(slots=1, preload=())
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(pool.run(SLEEP)))
    thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    pool.close()
    thread.join(10)
    assert time.monotonic() - began < 5
    assert outcomes[0].reason is Reason.INTERNAL_ERROR


def test_killed_host_leaves_no_process_and_its_groups_are_reaped():
    script = """
import sys, threading, time
from sandboxes import Job, open_pool
pool = open_pool(slots=2, preload=())
program = "import os, time\\ndef load(files):\\n    os.fork()\\n    time.sleep(60)\\n"
job = Job(program, {}, (b"x",))
for _ in range(2):
    threading.Thread(target=pool.run, args=(job,), daemon=True).start()
time.sleep(1)
print("ready", flush=True)
time.sleep(60)
"""
    host = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    assert host.stdout.readline() == "ready\n"
    below = descendants(host.pid)
    assert len(below) >= 2 * 5  # launcher, supervisor, zygote, candidate and its fork
    host.kill()
    host.wait()
    host.stdout.close()
    assert wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 5.0)
    reap()
    assert our_groups(host.pid) == []


def test_reaper_leaves_living_hosts_alone(pool):
    groups = our_groups(os.getpid())
    reap()
    assert our_groups(os.getpid()) == groups
    assert pool.run(ECHO).reason is Reason.FINISHED


@pytest.mark.parametrize("backend", ["podman", "none", ""])
def test_unknown_backend_is_one_sentence(backend):
    with pytest.raises(SandboxUnavailableError, match=r"unknown sandbox backend .*; choose auto, docker, bubblewrap"):
        open_pool(backend)


def test_missing_bubblewrap_is_refused_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailableError, match="apt-get install bubblewrap"):
        open_pool()


def test_refused_namespaces_are_explained(monkeypatch, tmp_path):
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxUnavailableError, match=r"setting up uid map: Permission denied.*AppArmor"):
        open_pool()


def test_unknown_package_to_preload_is_refused():
    with pytest.raises(SandboxUnavailableError, match="'no_such_package'"):
        open_pool(preload=("no_such_package",))


def test_host_side_imports_nothing_heavy():
    script = "import sys, sandboxes.probe; print(sorted({'numpy', 'asyncio', 'docker'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
