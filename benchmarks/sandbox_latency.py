"""Round trip and CPU time of one trivial candidate: our backends beside a bare subprocess and a container a candidate.

Run it as the user in question: ``python benchmarks/sandbox_latency.py [--jobs N] [--preload numpy]``; as an ordinary
user the walls and the accounts differ, so do the costs. The ways take turns, in an order drawn anew each round, so that
what else the machine does falls on all of them alike. With root and no Docker engine that answers, one is started for
the while; with none, its rows are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sandboxes import Job, Reason, SandboxPool, SandboxUnavailableError, open_pool
from sandboxes.docker_socket import answers
from tests.support.docker_engine import PrivateEngine, docker_host

PROGRAM = """
def load(files):
    namespace = {}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), namespace)
    return lambda request: repr(namespace["priority"](*eval(request))).encode()
"""
CANDIDATE = b"def priority(p, d):\n    return p + d\n"
JOB = Job(PROGRAM, {"candidate.py": CANDIDATE}, (b"(1, 2)",))
TICK = os.sysconf("SC_CLK_TCK")
WARM_UP = 20
SLOW_ROUNDS = 15  # of the ways that take a tenth of a second and more


@contextlib.contextmanager
def an_engine() -> Iterator[bool]:
    """True while a Docker engine answers."""
    if answers():
        yield True
        return
    if os.geteuid() != 0:
        yield False
        return
    try:
        engine = PrivateEngine()
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        yield False
        return
    try:
        engine.start()
        with docker_host(engine.address):
            yield True
    finally:
        engine.close()


class Process(NamedTuple):
    """What /proc says of one: CPU seconds of its own and of its reaped children, and when it began, in ticks."""

    command: str
    parent: int
    started: int
    own: float
    reaped: float


def processes() -> dict[int, Process]:
    """Every process by its pid."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text()
            except OSError:
                continue
            own, reaped = (sum(map(int, fields[at : at + 2])) / TICK for at in (11, 13))
            found[int(entry.name)] = Process(command, int(fields[1]), int(fields[19]), own, reaped)
    return found


def cpu_parts(others: Collection[int] = ()) -> dict[str, float]:
    """CPU seconds so far by part, of the fork servers below this process and of those in containers.

    Whose containers those are does not show, so those among the processes ``others``, there before, are left out. The
    engine's part is that of dockerd and containerd, whoever they work for.
    """
    found = processes()

    def is_ours(pid: int) -> bool:
        above = found[pid].parent
        while above in found and above != os.getpid():
            if "containerd-shim" in found[above].command:
                return pid not in others
            above = found[above].parent
        return above == os.getpid()

    parts = {"host": time.process_time(), "supervisor": 0.0, "zygote": 0.0, "candidate": 0.0, "engine": 0.0}
    zygotes: dict[int, Process] = {}
    for pid, process in found.items():
        if "dockerd" in process.command or "containerd" in process.command:
            parts["engine"] += process.own
        elif "worker.main" in process.command and "bwrap" not in process.command and is_ours(pid):
            above = found[process.parent].command if process.parent in found else ""
            if "worker.main" not in above or "bwrap" in above:
                parts["supervisor"] += process.own
                parts["candidate"] += process.reaped
            elif process.parent not in zygotes or process.started < zygotes[process.parent].started:
                zygotes[process.parent] = process  # the first child; any other is a candidate at work
    parts["zygote"] = sum(zygote.own for zygote in zygotes.values())
    return parts


def run(pool: SandboxPool, count: int) -> None:
    for _ in range(count):
        outcome = pool.run(JOB)
        assert outcome.reason is Reason.FINISHED, outcome


def alone(preload: tuple[str, ...]) -> str:
    """The candidate as a program of its own, which must import for itself what a fork server has imported already."""
    return "".join(f"import {name}\n" for name in preload) + CANDIDATE.decode() + "print(priority(1, 2))"


def plain_subprocess(preload: tuple[str, ...]) -> Callable[[], None]:
    """A fresh interpreter without any walls."""
    command = [sys.executable, "-c", alone(preload)]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL) and None


def plain_docker_run(preload: tuple[str, ...]) -> Callable[[], None]:
    """A container a candidate, as ``docker run --rm`` makes it, with the image and the mounts of our backend."""
    import docker

    from sandboxes.docker_engine import build_image
    from sandboxes.host_view import PACKAGES, host_view

    client, view, image = docker.from_env(), host_view(preload), build_image()
    command = [view.interpreter, "-c", alone(preload)]
    volumes = {here: {"bind": inside, "mode": "ro"} for here, inside in view.binds}
    variables = dict(view.environment) | {"PYTHONPATH": PACKAGES}

    def once() -> None:
        said = client.containers.run(
            image, command, remove=True, network_mode="none", volumes=volumes, environment=variables
        )
        assert said == b"3\n", said

    return once


def take_turns(ways: dict[str, Callable[[], Any]], jobs: int) -> dict[str, list[float]]:
    """Seconds of each way, interleaved; slow ones less often."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    draw = random.Random(1)
    every = max(1, jobs // SLOW_ROUNDS)
    for k in range(jobs):
        names = [name for name in ways if not name.startswith("plain") or k % every == 0]
        draw.shuffle(names)
        for name in names:
            began = time.perf_counter()
            ways[name]()
            seconds[name].append(time.perf_counter() - began)
    return {name: sorted(values) for name, values in seconds.items()}


def costs(backend: str, jobs: int, preload: tuple[str, ...]) -> dict[str, Any]:
    """CPU time a candidate by part, and candidates a second with two slots, of one backend alone."""
    others = set(processes())
    began = time.perf_counter()
    with open_pool(backend, slots=1, preload=preload) as pool:
        opened = time.perf_counter() - began
        run(pool, WARM_UP)
        before = cpu_parts(others)
        run(pool, jobs)
        parts = {name: (value - before[name]) / jobs * 1e3 for name, value in cpu_parts(others).items()}
        capabilities = pool.capabilities
    with open_pool(backend, slots=2, preload=preload) as pool:
        run(pool, 2 * WARM_UP)
        threads = [threading.Thread(target=run, args=(pool, jobs // 2)) for _ in range(2)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = jobs // 2 * 2 / (time.perf_counter() - began)
    limits = {"memory": capabilities.memory, "cpu": capabilities.cpu, "processes": capabilities.processes}
    return {
        "isolation": capabilities.isolation,
        "limits": limits,
        "open_ms": opened * 1e3,
        "cpu_ms_per_candidate": parts | {"total": sum(parts.values())},
        "candidates_per_second_with_2_slots": rate,
    }


def measure(jobs: int, preload: tuple[str, ...]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with an_engine() as engine, contextlib.ExitStack() as pools:
        ways: dict[str, Callable[[], Any]] = {}
        for backend in ("docker", "bubblewrap") if engine else ("bubblewrap",):
            try:
                pool = pools.enter_context(open_pool(backend, slots=1, preload=preload))
            except SandboxUnavailableError as refused:
                print(refused, file=sys.stderr)
                continue
            run(pool, WARM_UP)
            ways[backend] = lambda pool=pool: run(pool, 1)
        backends = list(ways)
        ways["plain subprocess"] = plain_subprocess(preload)
        if engine:
            ways["plain docker run"] = plain_docker_run(preload)
        for name, seconds in take_turns(ways, jobs).items():
            figures[name] = {
                "rounds": len(seconds),
                "min_ms": seconds[0] * 1e3,
                "median_ms": statistics.median(seconds) * 1e3,
                "p99_ms": seconds[int(len(seconds) * 0.99)] * 1e3,
            }
        pools.close()
        for backend in backends:
            figures[backend] |= costs(backend, jobs, preload)
    for name, figure in figures.items():
        figure["times_as_fast"] = {
            other: figures[other]["median_ms"] / figure["median_ms"]
            for other in figures
            if other.startswith("plain") and other != name
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--preload", default="numpy", help="comma-separated packages; empty for none")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.jobs, tuple(name for name in arguments.preload.split(",") if name))
    if arguments.json:
        print(json.dumps(figures))
        return
    print(f"round trip of a trivial candidate, taking turns{'':7} min   median      p99  ms (rounds)")
    for name, figure in figures.items():
        times = "".join(f"{figure[key]:9.2f}" for key in ("min_ms", "median_ms", "p99_ms"))
        print(f"  {name:48}{times}  ({figure['rounds']})")
        for other, ratio in figure["times_as_fast"].items():
            print(f"  {'':8}{ratio:.1f} times as fast as {other}")
    for name, figure in figures.items():
        if "isolation" not in figure:
            continue
        print(f"{name}, isolation as {figure['isolation']}, memory by {figure['limits']['memory']}, alone")
        print(f"  open the pool          {figure['open_ms']:6.0f} ms")
        for part, value in figure["cpu_ms_per_candidate"].items():
            print(f"  CPU {part:16} {value:7.2f} ms a candidate")
        print(f"  two slots, two threads {figure['candidates_per_second_with_2_slots']:6.0f} candidates a second")


if __name__ == "__main__":
    main()
