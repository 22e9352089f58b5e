"""One run of one framework: its CPU with that of all its descendants, and when each of its evaluations ended.

CPU is what the kernel charges to waited-for children. This process adopts orphans (``PR_SET_CHILD_SUBREAPER``) and
waits for them too, so that nothing a framework leaves behind or runs in a namespace is missed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasks import LEDGER, native_problem, openevolve_task, shinka_task

_PR_SET_CHILD_SUBREAPER = 36
_LIMIT_SECONDS = 900.0
PATHS = {"evolve": "evolve", "evolve-native": "evolve", "OpenEvolve": "openevolve", "ShinkaEvolve": "shinka"}
"""Framework -> how the model's path tells who asks."""


@dataclass(frozen=True)
class Run:
    """What a run came to.

    Attributes:
        candidates: judged, the given program not counted.
        evaluations: all of them, with those that judged a candidate once more.
        seconds: from the first question to the end of the last evaluation.
        cpu_seconds: of the framework and all its children.
        wall_seconds: of the whole command.
        characters: of a question, on average.
    """

    candidates: int
    evaluations: int
    seconds: float
    cpu_seconds: float
    wall_seconds: float
    characters: float


def adopt_orphans() -> None:
    """Become the parent of whatever our descendants leave behind."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


@contextlib.contextmanager
def model(latency: float) -> Iterator[int]:
    """The mock model's port."""
    command = [sys.executable, str(Path(__file__).with_name("model.py")), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


def measure(
    framework: str, python: Path, folder: Path, candidates: int, latency: float, seconds: float, workers: int = 2
) -> Run:
    """Run ``framework`` until it has asked for so many candidates.

    Args:
        framework: one of ``PATHS``.
        python: of the environment it is installed in.
        folder: empty; everything the run writes goes there.
        candidates: wanted.
        latency: of the model, in seconds.
        seconds: that each evaluation sleeps.
        workers: evaluations at one time.
    """
    ledger = folder / "ledger"
    with model(latency) as port:
        command = _command(framework, python, folder, port, candidates, seconds, workers)
        environment = {**os.environ, "OPENAI_API_KEY": "none", LEDGER: str(ledger), "PYTHONWARNINGS": "ignore"}
        before, began = _cpu(), time.time()
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            try:
                code = process.wait(_LIMIT_SECONDS)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        wall = time.time() - began
        _wait_for_orphans(ours=1)
        cpu = _cpu() - before
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats") as answer:
            stats = json.load(answer)
    judged, ends = _ends(framework, folder, ledger)
    if code != 0 or not ends:
        tail = (folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{framework} ended with {code} and {len(ends)} evaluations:\n{tail}")
    return Run(
        judged, len(ends), max(ends) - stats["first"], cpu, wall, stats["characters"] / max(1, stats["questions"])
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_orphans(ours: int) -> None:
    """Wait for adopted processes until only our own children are left; those that go on are ended."""
    until = time.monotonic() + 5.0
    while True:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        with contextlib.suppress(ChildProcessError):
            for pid in map(int, children):
                name = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
                if b"model.py" not in name:
                    if time.monotonic() > until:
                        os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, os.WNOHANG)
        if len(children) <= ours:
            return
        time.sleep(0.05)


def _command(
    framework: str, python: Path, folder: Path, port: int, candidates: int, seconds: float, workers: int
) -> list[str]:
    url = f"http://127.0.0.1:{port}/{PATHS[framework]}/v1"
    if framework == "OpenEvolve":
        settings = (
            f"max_iterations: {candidates}\ndiff_based_evolution: false\n"
            f"llm:\n  primary_model: mock\n  api_base: {url}\n"
            f"evaluator:\n  timeout: 60\n  cascade_evaluation: false\n  parallel_evaluations: {workers}\n"
        )
        task = openevolve_task(folder / "task", seconds, settings)
        files = [str(task / name) for name in ("initial_program.py", "evaluator.py")]
        return [
            str(python), "-m", "openevolve.cli", *files, "--config", str(task / "config.yaml"), "--output",
            str(folder / "output"),
        ]  # fmt: skip
    if framework == "ShinkaEvolve":
        task = shinka_task(folder / "task", seconds)
        runner = str(Path(__file__).with_name("shinka_runner.py"))
        # Its first generation is the given program.
        return [str(python), runner, str(task), url, str(candidates + 1), str(folder / "output")]
    if framework == "evolve":
        problem = f"openevolve:{openevolve_task(folder / 'task', seconds)}"
    else:
        problem = str(native_problem(folder / "task", seconds))
    (folder / "campaign.toml").write_text(
        f'[campaign]\nproblem = "{problem}"\nproposer = "llm"\nworkers = {workers}\nsandbox = "bubblewrap"\n'
        f"[budget]\nproposals = {candidates}\n"
        f'[llm]\nmodels = ["openai/mock"]\nbase_url = "{url}"\nweights = {{ rewrite = 1.0 }}\n'
    )
    return [
        str(python), "-m", "evolve", "run", str(folder / "campaign.toml"), "--archive", str(folder / "evolve.db"),
        "--plain", "--json",
    ]  # fmt: skip


def _ends(framework: str, folder: Path, ledger: Path) -> tuple[int, list[float]]:
    """Candidates judged, and when each evaluation ended; that of the given program not among them."""
    if not framework.startswith("evolve"):
        ends = sorted(float(line) for line in ledger.read_text().split()) if ledger.exists() else []
        return len(ends) - 1, ends[1:]
    with contextlib.closing(sqlite3.connect(folder / "evolve.db")) as archive:
        rows = archive.execute(
            "SELECT e.created_at, e.split FROM evaluations e JOIN proposals p ON p.id = e.proposal_id "
            "WHERE p.ordinal > 0 AND e.split != 'test'"
        ).fetchall()
    return sum(split == "train" for _, split in rows), [when for when, _ in rows]
