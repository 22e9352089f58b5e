"""What is particular to the Docker backend: how its containers are furnished, and what happens when they die."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from sandboxes import Job, Limits, Outcome, Reason, SandboxPool, SandboxUnavailableError, docker_engine, open_pool
from sandboxes import pool as pool_module
from sandboxes.cgroups import hierarchies
from sandboxes.docker_container import HOST_LABEL, labels
from sandboxes.docker_socket import answers
from sandboxes.probe import ATTACKS, probe
from tests.support.docker_engine import PrivateEngine, docker_host

ROOT = Path(__file__).resolve().parents[2]
ECHO = Job("def load(files):\n    return lambda request: request\n", {}, (b"alive",))
SLEEP = Job("import time\ndef load(files):\n    return lambda request: time.sleep(60)\n", {}, (b"x",))
HUNGRY = "def load(files):\n    return lambda request: b'%d' % len(b'x' * (100 << 20))\n"
MIB = 1 << 20

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do this to a container")


@pytest.fixture
def api(with_engine: None) -> Iterator[Any]:
    client = docker.from_env()
    yield client.api
    client.close()


def containers(api: Any) -> list[dict[str, Any]]:
    """Ours on this machine, whichever test or process made them."""
    return api.containers(all=True, filters={"label": f"{HOST_LABEL}={labels()[HOST_LABEL]}"})


@pytest.fixture
def open_one(api: Any) -> Iterator[Callable[[], tuple[SandboxPool, str]]]:
    """Opens a pool of one slot and gives its container's id as well."""
    opened = []

    def make() -> tuple[SandboxPool, str]:
        before = {found["Id"] for found in containers(api)}
        opened.append(open_pool("docker", slots=1, preload=()))
        (ours,) = {found["Id"] for found in containers(api)} - before
        return opened[-1], ours

    yield make
    for pool in opened:
        pool.close()


def start(pool: SandboxPool, job: Job) -> tuple[threading.Thread, list[Outcome]]:
    """Run ``job`` in another thread; it is under way when this returns."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(pool.run(job)))
    thread.start()
    time.sleep(0.3)
    return thread, outcomes


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_container_is_hardened(api, open_one):
    _, container = open_one()
    config = api.inspect_container(container)
    host = config["HostConfig"]
    assert host["NetworkMode"] == host["IpcMode"] == host["LogConfig"]["Type"] == "none"
    assert host["ReadonlyRootfs"] and host["AutoRemove"]
    assert not host["Privileged"]
    assert (host["CapDrop"], sorted(host["CapAdd"])) in (
        (["ALL"], ["SETGID", "SETUID"]),
        (["ALL"], ["CAP_SETGID", "CAP_SETUID"]),
    )
    assert host["SecurityOpt"][0] == "no-new-privileges"
    assert host["SecurityOpt"][1].startswith("seccomp={")
    assert host["Memory"] == host["MemorySwap"] > 0
    assert host["PidsLimit"] > 0
    assert all(mount["ReadOnly"] and mount["BindOptions"]["NonRecursive"] for mount in host["Mounts"])
    assert not any("docker.sock" in mount["Source"] for mount in host["Mounts"])


def test_candidate_sees_nothing_the_engine_added(open_one):
    pool, _ = open_one()
    look = """
import os
def load(files):
    return lambda folder: " ".join(sorted(os.listdir(folder.decode()))).encode()
"""
    outcome = pool.run(Job(look, {}, (b"/dev", b"/etc", b"/", b"/proc/self/fd")))
    devices, settings, top, _ = (response.decode().split() for response in outcome.responses)
    assert devices == ["null", "random", "urandom", "zero"]
    assert set(settings) <= {"alternatives", "ld.so.cache"}
    assert not {"sys", "run", "root", "home", "var", "tmp", ".dockerenv"} & set(top)


@needs_root
def test_what_is_mounted_below_a_bound_folder_stays_out(with_engine, tmp_path, monkeypatch):
    package = tmp_path / "package_with_a_mount"
    (package / "below").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    subprocess.run(["mount", "-t", "tmpfs", "below", package / "below"], check=True)
    try:
        (package / "below" / "secret").write_text("")
        monkeypatch.syspath_prepend(str(tmp_path))
        look = f"""
import os
def load(files):
    return lambda request: repr(os.listdir("/packages/{package.name}/below")).encode()
"""
        with open_pool("docker", slots=1, preload=(package.name,)) as pool:
            assert pool.run(Job(look, {}, (b"",))).responses == (b"[]",)
    finally:
        subprocess.run(["umount", package / "below"], check=True)


@pytest.mark.parametrize("mode", list(docker_engine.MODES))
def test_every_probing_attack_is_contained(with_engine, monkeypatch, mode):
    monkeypatch.setattr(docker_engine, "MODES", {mode: docker_engine.MODES[mode]})
    found = probe("docker")
    assert found.probes == dict.fromkeys(ATTACKS, True)
    assert (found.backend, found.isolation, found.network) == ("docker", mode, "none")
    assert (found.memory, found.cpu, found.processes) == ("cgroup", "cgroup", "cgroup")


def test_limits_of_a_job_where_only_the_engine_may_set_them(with_engine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    forks = "import os\ndef load(files):\n    while True: os.fork()\n"
    with open_pool("docker", slots=1, preload=()) as pool:
        reasons = [
            pool.run(Job(source, {}, (b"",), limits=Limits(memory_bytes=size * MIB))).reason
            for source, size in ((HUNGRY, 64), (HUNGRY, 200), (forks, 64))
        ]
    assert reasons == [Reason.MEMORY_LIMIT, Reason.FINISHED, Reason.PROCESS_LIMIT]


def test_container_killed_between_jobs_costs_none(api, open_one):
    pool, container = open_one()
    api.kill(container)
    assert wait_until(lambda: container not in {found["Id"] for found in containers(api)})
    assert pool.run(ECHO).responses == (b"alive",)


def test_container_killed_in_the_middle_of_a_job(api, open_one):
    pool, container = open_one()
    thread, outcomes = start(pool, SLEEP)
    api.kill(container)
    thread.join(10)
    assert [outcome.reason for outcome in outcomes] == [Reason.INTERNAL_ERROR]
    assert outcomes[0].detail
    assert pool.run(ECHO).responses == (b"alive",)


@needs_root
def test_killed_fork_server_costs_one_internal_error(api, open_one):
    pool, container = open_one()
    pids = [int(row[1]) for row in api.top(container)["Processes"]]
    os.kill(max(pids), signal.SIGKILL)
    assert pool.run(ECHO).reason is Reason.INTERNAL_ERROR
    assert pool.run(ECHO).responses == (b"alive",)


def test_engine_restarted_in_the_middle_of_a_job(private_engine: PrivateEngine):
    with docker_host(private_engine.address), open_pool("docker", slots=2, preload=()) as pool:
        thread, outcomes = start(pool, SLEEP)
        private_engine.stop()
        thread.join(15)
        assert [outcome.reason for outcome in outcomes] == [Reason.INTERNAL_ERROR]
        waiting, later = start(pool, ECHO)
        private_engine.start()
        waiting.join(30)
        assert later[0].responses == (b"alive",)


def test_engine_gone_for_good_is_waited_for_once(private_engine: PrivateEngine, monkeypatch):
    monkeypatch.setattr(pool_module, "_START_PATIENCE_SECONDS", 1.0)
    with docker_host(private_engine.address), open_pool("docker", slots=1, preload=()) as pool:
        private_engine.stop()
        try:
            began = time.monotonic()
            for _ in range(5):
                outcome = pool.run(ECHO)
                assert outcome.reason is Reason.INTERNAL_ERROR
                assert "no Docker engine answers" in outcome.detail
            assert 1.0 < time.monotonic() - began < 3.0
        finally:
            private_engine.start()
        assert wait_until(lambda: pool.run(ECHO).responses == (b"alive",))


def test_engines_disk_full_ends_no_campaign_for_good(private_engine: PrivateEngine, monkeypatch):
    monkeypatch.setattr(pool_module, "_START_PATIENCE_SECONDS", 0.3)
    with docker_host(private_engine.address), open_pool("docker", slots=1, preload=()) as pool:
        filler, client, stop = private_engine.folder / "filler", docker.from_env(), threading.Event()

        def keep_full() -> None:
            with filler.open("wb", buffering=0) as file:
                while not stop.is_set():
                    try:
                        file.write(bytes(1 << 12))
                    except OSError:
                        stop.wait(0.001)

        filling = threading.Thread(target=keep_full)
        filling.start()
        assert wait_until(lambda: shutil.disk_usage(private_engine.folder).free == 0)
        try:
            thread, outcomes = start(pool, SLEEP)
            client.api.kill(containers(client.api)[0]["Id"])
            thread.join(10)
            assert [outcome.reason for outcome in outcomes] == [Reason.INTERNAL_ERROR]
            assert "did not start" in pool.run(ECHO).detail
        finally:
            stop.set()
            filling.join()
            filler.unlink()
            client.close()
        assert wait_until(lambda: pool.run(ECHO).responses == (b"alive",))


def test_close_leaves_nothing(api, open_one):
    pool, container = open_one()
    assert pool.run(ECHO).reason is Reason.FINISHED
    name = api.inspect_container(container)["Name"].strip("/").rpartition("-slot")[0]
    pool.close()
    assert container not in {found["Id"] for found in containers(api)}
    assert not [hierarchy for hierarchy in hierarchies() if (hierarchy / name).exists()]


HOST = """
import sys, threading, time
from sandboxes import Job, open_pool
pool = open_pool("docker", slots=1, preload=())
program = "import os, time\\ndef load(files):\\n    os.fork()\\n    time.sleep(60)\\n"
threading.Thread(target=pool.run, args=(Job(program, {}, (b"x",)),), daemon=True).start()
time.sleep(0.5)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("frozen", [False, True])
def test_killed_host_leaves_no_container(api, frozen):
    """The worker ends with its host; one that cannot is removed by whoever opens a pool next."""
    before = {found["Id"] for found in containers(api)}
    host = subprocess.Popen([sys.executable, "-c", HOST], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    assert host.stdout.readline() == "ready\n"
    (ours,) = {found["Id"] for found in containers(api)} - before
    name = api.inspect_container(ours)["Name"].strip("/").rpartition("-slot")[0]
    if frozen:
        api.pause(ours)
    host.kill()
    host.wait()
    host.stdout.close()
    if frozen:
        assert ours in {found["Id"] for found in containers(api)}
    else:
        assert wait_until(lambda: ours not in {found["Id"] for found in containers(api)})
    open_pool("docker", slots=1, preload=()).close()
    assert ours not in {found["Id"] for found in containers(api)}
    assert not [hierarchy for hierarchy in hierarchies() if (hierarchy / name).exists()]


def test_auto_takes_the_engine_that_answers_and_loses_no_time_without(with_engine, monkeypatch):
    with open_pool("auto", slots=1, preload=()) as pool:
        assert pool.run(ECHO).backend == "docker"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    began = time.perf_counter()
    assert not answers()
    assert time.perf_counter() - began < 0.02
    with open_pool("auto", slots=1, preload=()) as pool:
        assert pool.run(ECHO).backend == "bubblewrap"


@pytest.mark.parametrize("address", ["unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1", "nonsense"])
def test_missing_engine_is_one_sentence(monkeypatch, address):
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(SandboxUnavailableError, match=f"no Docker engine answers.*at {address}.*choose bubblewrap"):
        open_pool("docker")


def test_unknown_runtime_is_one_sentence(with_engine, monkeypatch):
    monkeypatch.setenv(docker_engine.RUNTIME_VARIABLE, "nonsense")
    with pytest.raises(SandboxUnavailableError, match=r"EVOLVE_OCI_RUNTIME is 'nonsense'.*it knows .*runc"):
        open_pool("docker")
