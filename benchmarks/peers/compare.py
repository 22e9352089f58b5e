"""evolve beside OpenEvolve and ShinkaEvolve: evaluations a second, CPU a candidate, and how full two slots are kept.

The same scripted model and the same task for all, two evaluations at a time, runs interleaved. The peers are installed
from PyPI into environments of their own, in a cache folder outside the repository. Two scenarios:

* **idle**: the model answers at once and a program is judged at once. What is left is the framework: evaluations a
  second, and CPU of everything but the model for each further candidate (the difference of a long and a short run, so
  that starting up does not count; it is told apart). The candidate's own code takes microseconds.
* **busy**: the model takes a second and so does each evaluation, which sleeps. Two slots could judge 2.0 a second.

Ours judges in the sandbox (bubblewrap), the peers in their own processes as the user who runs them. ``evolve`` is the
task directory of OpenEvolve run as it is, ``evolve-native`` the same as a problem of ours. Usage:

    python benchmarks/peers/compare.py [--quick] [--repeats N] [--only evolve,OpenEvolve] [--json FILE]
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measure import PATHS, Run, adopt_orphans, measure

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evolve-bench-peers"
PEERS = {"OpenEvolve": "openevolve==0.4.0", "ShinkaEvolve": "shinka-evolve==0.0.7"}

SLOW = ("ShinkaEvolve",)
"""Frameworks that need so much for a candidate that fewer of them tell as much."""
CANDIDATES = ({"short": 20, "long": 420, "busy": 40}, {"short": 8, "long": 48, "busy": 20})
"""Of one run, by kind: of the others, and of those in ``SLOW``."""


def installed(framework: str) -> Path:
    """The Python in which a framework is installed; it is installed if need be."""
    if framework not in PEERS:
        return Path(sys.executable)
    python = CACHE / PEERS[framework].replace("==", "-") / "bin" / "python"
    mark = python.parent.parent / "installed"
    if not mark.exists():
        print(f"installing {PEERS[framework]} into {python.parent.parent}", flush=True)
        shutil.rmtree(python.parent.parent, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", PEERS[framework]]
        subprocess.run(pip, check=True)
        mark.touch()
    return python


def version(framework: str, python: Path) -> str:
    """Name and version as installed."""
    package = PEERS.get(framework, "evolve-heuristics==").partition("==")[0]
    code = (
        f"import importlib.metadata as m, platform; print(m.version({package!r}), 'Python', platform.python_version())"
    )
    return subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def machine() -> str:
    """Processor, cores and system."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(os.sched_getaffinity(0))} cores, {platform.platform()}"


def main(quick: bool, repeats: int, only: list[str], out: Path | None) -> None:
    """Measure and print."""
    pythons = {framework: installed(framework) for framework in only}
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine()}")
    for framework in only:
        print(f"    {framework}: {version(framework, pythons[framework])}")
    adopt_orphans()
    runs: dict[str, dict[str, list[Run]]] = {f: {"short": [], "long": [], "busy": []} for f in only}
    for repeat in range(repeats):
        order = only[repeat % len(only) :] + only[: repeat % len(only)]
        for kind, wait in (("short", 0.0), ("long", 0.0), ("busy", 1.0)):
            for framework in order:
                candidates = CANDIDATES[framework in SLOW][kind] // (2 if quick else 1)
                with tempfile.TemporaryDirectory(prefix="evolve-peers-") as folder:
                    run = measure(framework, pythons[framework], Path(folder), candidates, wait, wait)
                runs[framework][kind].append(run)
                load = os.getloadavg()[0]
                print(
                    f"  {kind:5} {framework:13} {run.candidates:4d} candidates, {run.evaluations} evaluations in "
                    f"{run.seconds:7.2f} s, {run.cpu_seconds:6.2f} s of CPU (load {load:.1f})",
                    flush=True,
                )
    figures = {framework: _figures(found) for framework, found in runs.items()}
    _show(figures)
    if out is not None:
        raw = {f: {kind: [asdict(run) for run in found] for kind, found in kinds.items()} for f, kinds in runs.items()}
        document = {"machine": machine(), "figures": figures, "runs": raw}
        out.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _figures(runs: dict[str, list[Run]]) -> dict[str, float]:
    """Medians over repeats."""
    pairs = list(zip(runs["short"], runs["long"], strict=True))
    each = [(b.cpu_seconds - a.cpu_seconds) / (b.candidates - a.candidates) for a, b in pairs]
    starts = [a.cpu_seconds - a.candidates * one for (a, _), one in zip(pairs, each, strict=True)]
    return {
        "evaluations_per_second": statistics.median(run.candidates / run.seconds for run in runs["long"]),
        "cpu_ms_per_candidate": 1e3 * statistics.median(each),
        "cpu_seconds_to_start": statistics.median(starts),
        "busy_candidates_per_second": statistics.median(run.candidates / run.seconds for run in runs["busy"]),
        "busy_evaluations_per_second": statistics.median(run.evaluations / run.seconds for run in runs["busy"]),
        "characters_per_question": statistics.median(run.characters for run in runs["long"]),
    }


def _show(figures: dict[str, dict[str, float]]) -> None:
    names = next(iter(figures.values()))
    print(f"\n{'':30}" + "".join(f"{framework:>15}" for framework in figures))
    for name in names:
        print(f"{name.replace('_', ' '):30}" + "".join(f"{one[name]:15.2f}" for one in figures.values()))
    ours = figures.get("evolve")
    if ours is None:
        return
    for framework, theirs in figures.items():
        if framework in PEERS:
            print(
                f"{framework} / evolve: {theirs['cpu_ms_per_candidate'] / ours['cpu_ms_per_candidate']:.1f} times the "
                f"CPU a candidate; evolve / {framework}: "
                f"{ours['evaluations_per_second'] / theirs['evaluations_per_second']:.1f} times the evaluations a "
                f"second, {ours['busy_candidates_per_second'] / theirs['busy_candidates_per_second']:.1f} times the "
                "candidates a second with a model and evaluations of a second"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="half of the candidates")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", default=",".join(PATHS), help="comma-separated, among: " + ", ".join(PATHS))
    parser.add_argument("--json", type=Path, dest="out", help="write figures and runs there")
    given = parser.parse_args()
    chosen = given.only.split(",")
    unknown = sorted({*chosen} - {*PATHS})
    if unknown:
        parser.error(f"unknown framework {unknown[0]!r}; known: {', '.join(PATHS)}")
    main(given.quick, given.repeats, chosen, given.out)
