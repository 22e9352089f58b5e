"""What an archive of a million candidates costs whoever reads it and whoever adds to it.

Makes one (or takes the one that is there), and prints, with an archive that holds nothing but baselines beside it: the
seconds of the queries behind each verb, of whole commands, of proving it whole, and of a campaign's start on top of it
up to its first judged proposal. Usage:

    python benchmarks/large_archive.py [--candidates N] [--out FILE]

A file that is there is measured as it is; without ``--out`` it is removed afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from synthetic_archive import PROBLEMS, Landmarks, build, landmarks

REPEATS = 5
EVALUATIONS = 20


def main(candidates: int, path: Path) -> None:
    """Make and measure."""
    if not path.exists():
        started = time.monotonic()
        build(path, candidates)
        print(f"made in {time.monotonic() - started:.0f} s")
    print(f"{path.stat().st_size / 1e9:.2f} GB")
    where = landmarks(path)
    _queries(path, where)
    _commands(path, where)
    small = path.with_name("small.db")
    for name, archive in (("almost empty", small), ("this one", path)):
        _start(archive)  # judges the baselines, once an archive
        found = [_start(archive) for _ in range(3)]
        print(f"a campaign's start on an archive that is {name}, median seconds:")
        for step in found[0]:
            print(f"    {step:32s} {statistics.median(one[step] for one in found):8.3f}")
    small.unlink()
    started = time.monotonic()
    subprocess.run(_evolve("archive", "verify", "--archive", str(path)), check=True)
    print(f"evolve archive verify: {time.monotonic() - started:.0f} s")


def _queries(path: Path, where: Landmarks) -> None:
    from evaluators.registry import describe_problem
    from evolve.archive import Archive, queries
    from evolve.archive.records import find_candidate

    direction = describe_problem(PROBLEMS[0]).objective.direction
    started = time.monotonic()
    with Archive(path) as archive:
        print(f"opening, with what it imports: {1e3 * (time.monotonic() - started):.1f} ms")

        def best(**more: Any) -> Callable[[], Any]:
            return lambda: queries.best(archive, direction, PROBLEMS[0], **more)

        def listed(**more: Any) -> Callable[[], Any]:
            return lambda: queries.candidates(archive, **more)

        asked: dict[str, Callable[[], Any]] = {
            "list": lambda: (queries.campaigns(archive, 20), queries.comparisons(archive, 20)),
            "list --campaign": listed(campaign=where.campaign),
            "list --problem": listed(problem=PROBLEMS[0]),
            "list --verdict time_limit": listed(verdict="time_limit"),
            "list --verdict tampering": listed(verdict="tampering"),
            "list --problem --verdict tampering": listed(problem=PROBLEMS[0], verdict="tampering"),
            "best": best(),
            "best --split train": best(split="train"),
            "best --split train --campaign": best(split="train", campaign=where.campaign),
            "show": lambda: queries.show(archive, find_candidate(archive, where.candidate[:16]).id),
            "show, of one proposed most often": lambda: queries.show(archive, where.popular),
            "lineage": lambda: queries.lineage(archive, where.candidate),
        }
        print("queries, milliseconds (the first time; median of the next):")
        for name, ask in asked.items():
            first, *others = [_seconds(ask) for _ in range(REPEATS + 1)]
            print(f"    {name:36s} {1e3 * first:8.1f} {1e3 * statistics.median(others):8.1f}")


def _seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _evolve(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "evolve", *arguments]


def _commands(path: Path, where: Landmarks) -> None:
    print("whole commands, median seconds (elapsed, CPU):")
    for words in (
        ("list",), ("list", "--campaign", where.campaign), ("best",), ("best", PROBLEMS[0], "--split", "train"),
        ("show", where.candidate[:16]), ("show", where.campaign), ("show", where.comparison),
        ("lineage", where.candidate[:16]),
    ):  # fmt: skip
        elapsed, cpu = [], []
        for _ in range(REPEATS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = _evolve("archive", *words, "--archive", str(path))
            elapsed.append(_seconds(lambda command=command: subprocess.run(command, check=True, stdout=-3)))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        print(f"    {' '.join(words):60s} {statistics.median(elapsed):6.2f} {statistics.median(cpu):6.2f}")


def _start(path: Path) -> dict[str, float]:
    """Seconds of each step of a campaign's start, in a process of its own, and its memory."""
    done = subprocess.run([sys.executable, __file__, "--start", str(path)], check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def start(path: Path) -> None:
    """In a process of its own: begin a campaign and say how long what took."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    found: dict[str, float] = {}
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    last = time.monotonic() - (time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))

    def mark(step: str) -> None:
        nonlocal last
        found[step] = time.monotonic() - last
        last = time.monotonic()

    from evolve.archive import Archive
    from evolve.campaign import session
    from evolve.campaign.config import Bounds, CampaignConfig
    from evolve.campaign.store import CampaignStore

    mark("interpreter and imports")
    waited = _watched(Archive)
    judged: list[float] = []
    finished = CampaignStore.finished

    def watch(*arguments: Any) -> None:
        finished(*arguments)
        if arguments[1].ordinal > 0:
            judged.append(time.monotonic())

    CampaignStore.finished = watch  # type: ignore[method-assign]
    config = CampaignConfig(PROBLEMS[0], workers=2, bounds=Bounds(evaluations=EVALUATIONS))
    with Archive(path) as archive:
        mark("opening the archive")

        def say(message: str) -> None:
            mark("starting the sandbox" if message == "judging the baselines" else "loading the problem")

        with session.start(config, archive, lambda _: None, say) as opened:
            mark("baselines, proposer, graph")
            in_archive = sum(waited)
            opened.search()
            found["first proposal judged"] = judged[0] - last
            found["all of it"] = sum(found.values())
            found["of it in the archive"] = in_archive + found["opening the archive"]
            held = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]
            found["resident at the end, MB"] = int(held) / 1024
    print(json.dumps(found))


def _watched(archive: Any) -> list[float]:
    """Seconds of everything asked of archives, and written to them, from now on."""
    waited: list[float] = []

    def timed(original: Any) -> Any:
        def ask(*arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(*arguments)
            finally:
                waited.append(time.perf_counter() - started)

        return ask

    @contextlib.contextmanager
    def write(*arguments: Any, original: Any = archive.write, **more: Any) -> Iterator[Any]:
        started = time.perf_counter()
        with original(*arguments, **more) as connection:
            yield connection
        waited.append(time.perf_counter() - started)

    archive.rows, archive.row, archive.write = timed(archive.rows), timed(archive.row), write
    return waited


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--start", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.start:
        start(given.start)
    elif given.out:
        main(given.candidates, given.out)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(given.candidates, Path(folder) / "large.db")
