"""Round trip and CPU time of one trivial candidate, with their parts.

Run it as the user in question: ``python benchmarks/sandbox_latency.py [--jobs N] [--preload numpy]``. As an ordinary
user the walls and the accounts differ, so do the costs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sandboxes import Job, Reason, SandboxPool, open_pool

PROGRAM = """
def load(files):
    namespace = {}
    exec(compile(files["candidate.py"], "candidate.py", "exec"), namespace)
    return lambda request: repr(namespace["priority"](*eval(request))).encode()
"""
CANDIDATE = b"def priority(p, d):\n    return p + d\n"
JOB = Job(PROGRAM, {"candidate.py": CANDIDATE}, (b"(1, 2)",))
TICK = os.sysconf("SC_CLK_TCK")


def cpu_parts() -> dict[str, float]:
    """CPU seconds so far of all fork servers below this process, by part."""
    children: dict[int, list[int]] = {}
    times: dict[int, list[float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
            times[int(entry.name)] = [sum(map(int, fields[11:13])) / TICK, sum(map(int, fields[13:15])) / TICK]
    parts = {"supervisor": 0.0, "zygote": 0.0, "candidate": 0.0}
    for launcher in children.get(os.getpid(), []):
        for supervisor in children.get(launcher, []):
            own, reaped = times[supervisor]
            parts["supervisor"] += own
            parts["candidate"] += reaped
            parts["zygote"] += sum(times[zygote][0] for zygote in children.get(supervisor, []))
    return parts


def run(pool: SandboxPool, count: int, seconds: list[float]) -> None:
    for _ in range(count):
        began = time.perf_counter()
        outcome = pool.run(JOB)
        seconds.append(time.perf_counter() - began)
        assert outcome.reason is Reason.FINISHED, outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=400)
    parser.add_argument("--preload", default="numpy", help="comma-separated packages; empty for none")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    preload = tuple(name for name in arguments.preload.split(",") if name)
    began = time.perf_counter()
    with open_pool(slots=1, preload=preload) as pool:
        opened = time.perf_counter() - began
        run(pool, 20, [])
        before, host, seconds = cpu_parts(), time.process_time(), []
        run(pool, arguments.jobs, seconds)
        host = time.process_time() - host
        parts = {name: value - before[name] for name, value in cpu_parts().items()}
        capabilities = pool.capabilities
    with open_pool(slots=2, preload=preload) as pool:
        run(pool, 40, [])
        threads = [threading.Thread(target=run, args=(pool, arguments.jobs // 2, [])) for _ in range(2)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = arguments.jobs // 2 * 2 / (time.perf_counter() - began)
    parts["host"] = host
    seconds.sort()
    figures = {
        "isolation": capabilities.isolation,
        "limits": {"memory": capabilities.memory, "cpu": capabilities.cpu, "processes": capabilities.processes},
        "open_ms": opened * 1e3,
        "round_trip_ms": {
            "min": seconds[0] * 1e3,
            "median": statistics.median(seconds) * 1e3,
            "p99": seconds[int(len(seconds) * 0.99)] * 1e3,
        },
        "cpu_ms_per_candidate": {name: value / arguments.jobs * 1e3 for name, value in parts.items()},
        "candidates_per_second_with_2_slots": rate,
    }
    figures["cpu_ms_per_candidate"]["total"] = sum(parts.values()) / arguments.jobs * 1e3
    if arguments.json:
        print(json.dumps(figures))
        return
    print(
        f"bubblewrap as {capabilities.isolation}, memory by {capabilities.memory}, {arguments.jobs} trivial candidates"
    )
    print(f"  open the pool        {opened * 1e3:6.0f} ms")
    for name, value in figures["round_trip_ms"].items():
        print(f"  round trip {name:9} {value:7.2f} ms")
    for name, value in figures["cpu_ms_per_candidate"].items():
        print(f"  CPU {name:16} {value:7.2f} ms a candidate")
    print(f"  two slots, two threads {rate:5.0f} candidates a second")


if __name__ == "__main__":
    main()
