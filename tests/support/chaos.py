"""A campaign under way, and what may befall it: each fault is one class, drawn at random moments.

To add one, write a class with ``strike`` and put it into ``FAULTS``.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from evolve.campaign.store import process_mark
from tests.support.killed_processes import fork, requests, start, start_server
from tests.support.ray_cluster import TestCluster, children

DRIVER = Path(__file__).resolve().parents[1] / "evolve" / "campaign" / "chaos_driver.py"
CAMPAIGN = """
[campaign]
problem = "scheduling/online-flow-time"
proposer = "llm"
seed = 11
workers = {workers}
sandbox = "bubblewrap"
executor = "{executor}"

[budget]
evaluations = {evaluations}
usd = {usd}

[llm]
models = {models}
base_url = "{url}"
api_key_env = "SCRIPTED_KEY"
concurrency = {concurrency}
distill = {distill}
timeout_seconds = 2.0
max_tokens = 600
prices = {{ input_per_million = 1.5, output_per_million = 6.0 }}
"""
USD = 1000.0
SCRIPT = {"behaviours": ["auto", "auto", "prose", "auto", "fences"], "retry_after": "0.2", "hold_seconds": 3.0}
NODES = 2
"""Of a cluster, each with one slot."""
SOON, LATE = 0.1, 1.5
"""Seconds to an answer: while the campaign is behind the faults, and while it is ahead of them."""


@dataclass
class Scene:
    """A campaign that is kept going whatever befalls it.

    Attributes:
        folder: of what is written here.
        archive: of the campaign; on a file system of its own where there is one.
        evaluations: of the campaign, all told.
        disk: folder of the small file system, if there is one.
        cluster: that candidates are judged on, if they are not on this machine.
        script: of the server, beside its weather.
        models: that are asked.
        workers: slots of the sandbox.
        concurrency: calls at a time.
        distill: proposals between two summaries of insights; 0: none.
        driver: process id of the last driver.
    """

    folder: Path
    archive: Path
    evaluations: int
    disk: Path | None = None
    cluster: TestCluster | None = None
    script: Mapping[str, Any] = field(default_factory=lambda: SCRIPT)
    models: Sequence[str] = ("openai/scripted",)
    workers: int = 2
    concurrency: int = 4
    distill: int = 0
    driver: int = 0
    starts: int = 0
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)
    _latency: float = SOON

    def __enter__(self) -> Scene:
        os.environ["SCRIPTED_KEY"] = "secret"
        self.log = self.folder / "requests.jsonl"
        self.weather_file = self.folder / "weather.json"
        script = self.folder / "script.json"
        script.write_text(json.dumps({**self.script, "weather": str(self.weather_file)}))
        self.weather()
        server, url = start_server(script, self.log)
        self._processes.append(server)
        executor = "local" if self.cluster is None else "ray"
        campaign = CAMPAIGN.format(
            executor=executor, evaluations=self.evaluations, usd=USD, url=url, workers=self.workers,
            concurrency=self.concurrency, models=json.dumps(self.models), distill=self.distill,
        )  # fmt: skip
        if self.cluster is not None:
            campaign += f'[ray]\naddress = "{self.cluster.address}"\n'
        (self.folder / "campaign.toml").write_text(campaign, encoding="utf-8")
        self._drivers = start(DRIVER, self.folder, self.archive)
        self._processes.append(self._drivers)
        return self

    def __exit__(self, *_: object) -> None:
        if self.alive():
            os.kill(self.driver, signal.SIGKILL)
        for process in self._processes:
            process.kill()
            process.communicate()

    # ---- the driver -------------------------------------------------------------------------------------------------

    def alive(self) -> bool:
        """Whether the driver is; one that is suspended is."""
        return self.driver > 0 and bool(process_mark(self.driver))

    def keep_driving(self) -> bool:
        """Begin or resume the campaign unless it is under way; whether that was needed."""
        if self.alive():
            return False
        self.driver = fork(self._drivers)
        self.starts += 1
        return True

    def signal(self, number: int) -> None:
        """Send the driver a signal, if it has not ended by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.driver, number)

    def wait_for_end(self, seconds: float) -> bool:
        """Whether the driver ended in time."""
        return _until(lambda: not self.alive(), seconds)

    def wait_for_work(self, seconds: float = 60.0) -> None:
        """Until the driver has written something down, or has ended."""
        before = self.progress()
        _until(lambda: self.progress() != before or not self.alive(), seconds)

    def slots(self) -> list[int]:
        """Processes of the sandbox's slots: children of who has the pool and their children, but no candidate's."""
        tree = children()
        owners = [self.driver] if self.cluster is None else self.cluster.actors()
        found = [child for owner in owners for child in tree.get(owner, [])]
        return found + [child for slot in found for child in tree.get(slot, [])]

    # ---- the model --------------------------------------------------------------------------------------------------

    def weather(self, behaviour: str = "") -> None:
        """How the server behaves from now on; as its script says if nothing is given."""
        said = {"latency": self._latency} | ({"behaviour": behaviour} if behaviour else {})
        new = self.weather_file.with_suffix(".new")
        new.write_text(json.dumps(said))
        new.replace(self.weather_file)

    def pace(self, struck: float) -> None:
        """Have the campaign be no further than the faults are, of which this share is done."""
        self._latency = LATE if self.progress()[1] > struck * self.evaluations else SOON
        self.weather()

    # ---- the archive ------------------------------------------------------------------------------------------------

    def rows(self, sql: str) -> list[sqlite3.Row]:
        """Read beside the driver, also while the disk is full; nothing while there is no such table."""
        for _ in range(200):
            try:
                connection = sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True, timeout=10)
                connection.row_factory = sqlite3.Row
                try:
                    return connection.execute(sql).fetchall()
                finally:
                    connection.close()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error) or "unable to open" in str(error):
                    return []
                time.sleep(0.05)
        raise AssertionError("the archive cannot be read")

    def progress(self) -> tuple[int, int]:
        """Calls on record, and evaluations the campaign has paid."""
        found = self.rows(
            "SELECT (SELECT count(*) FROM llm_calls), (SELECT coalesce(sum(evaluations), 0) FROM campaign_totals)"
        )
        return (found[0][0], found[0][1]) if found else (0, 0)

    def committed(self) -> dict[str, tuple[Any, ...]]:
        """All verdicts and answers on record. What was not judged for a fault of ours is no verdict."""
        found = {
            row["id"]: tuple(row)
            for row in self.rows(
                "SELECT id, created_at, verdict, score FROM evaluations WHERE verdict != 'internal_error'"
            )
        }
        return found | {
            f"{row['request_id']}/{row['attempt']}": tuple(row)
            for row in self.rows(
                "SELECT request_id, attempt, settled_at, state, cost_nusd, answer FROM llm_calls "
                "WHERE state != 'reserved'"
            )
        }

    def requests(self) -> list[dict[str, Any]]:
        """What the server has seen."""
        return requests(self.log)


class Fault(Protocol):
    """Something that goes wrong."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        """Have it go wrong, and right again; returns when it is over."""
        ...


class KilledDriver:
    """kill -9 of the driver."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.signal(signal.SIGKILL)
        assert scene.wait_for_end(30)


class KilledWhileSummingUp:
    """kill -9 of the driver while insights are being summed up."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        under_way = "SELECT 1 FROM llm_calls WHERE prompt_name = 'distill' AND state = 'reserved'"
        _until(lambda: bool(scene.rows(under_way)) or not scene.alive(), 30)
        scene.signal(signal.SIGKILL)
        assert scene.wait_for_end(30)


class KilledAtStart:
    """kill -9 of a driver that has only begun: while it migrates, opens the sandbox or takes up what was cut off."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.signal(signal.SIGKILL)
        assert scene.wait_for_end(30)
        scene.keep_driving()
        time.sleep(rng.uniform(0.0, 1.0))
        scene.signal(signal.SIGKILL)
        assert scene.wait_for_end(30)


class KilledSlot:
    """kill -9 of a process of a sandbox slot."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        for slot in rng.sample(scene.slots(), min(1, len(scene.slots()))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(slot, signal.SIGKILL)


class SuspendedSlot:
    """A process of a slot that is stopped for a while, as a machine that swaps would."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        for slot in rng.sample(scene.slots(), min(1, len(scene.slots()))):
            with contextlib.suppress(ProcessLookupError):
                os.kill(slot, signal.SIGSTOP)
                time.sleep(rng.uniform(0.2, 1.0))
                os.kill(slot, signal.SIGCONT)


class Suspended:
    """A driver that is stopped for a while, as by a closed laptop."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.signal(signal.SIGSTOP)
        time.sleep(rng.uniform(0.2, 3.0))  # at times for longer than it waits for an answer
        scene.signal(signal.SIGCONT)


class Terminated:
    """A polite request to end; what is under way is finished first."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.signal(signal.SIGTERM)
        assert scene.wait_for_end(60), "a driver that was asked to end goes on"


class TerminatedTwice:
    """An impatient one."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.signal(signal.SIGTERM)
        time.sleep(rng.uniform(0.0, 0.2))
        scene.signal(signal.SIGTERM)
        assert scene.wait_for_end(30), "a driver that was asked to end at once goes on"


class Storm:
    """A provider that refuses everybody."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.weather(rng.choice(("429", "500", "503")))
        time.sleep(rng.uniform(0.2, 1.5))
        scene.weather()


class LostAnswers:
    """Lines that break before, or amid, the answer, or on which there is silence."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.weather(rng.choice(("drop", "drop_early", "timeout", "garbage_200")))
        time.sleep(rng.uniform(0.1, 0.6))
        scene.weather()


class SlowAnswers:
    """Answers that come late."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        scene.weather("slow")
        time.sleep(rng.uniform(0.3, 1.0))
        scene.weather()


class FullDisk:
    """No room left for the archive, for a while."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        assert scene.disk is not None
        ballast = scene.disk / "ballast"
        with ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size) == size:
                        pass
        time.sleep(rng.uniform(0.3, 1.5))
        ballast.unlink()


class KilledNode:
    """kill -9 of all that is Ray's on a node, at times on both; others take their place."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        assert scene.cluster is not None
        for node in rng.sample(scene.cluster.nodes, rng.choice((1, 1, 1, 2))):
            scene.cluster.kill(node)
        time.sleep(rng.uniform(0.0, 2.0))
        while len(scene.cluster.nodes) < NODES:
            scene.cluster.add()


class KilledActor:
    """kill -9 of the process on a node that has the sandboxes, the node being there."""

    def strike(self, scene: Scene, rng: random.Random) -> None:
        assert scene.cluster is not None
        for actor in scene.cluster.actors()[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(actor, signal.SIGKILL)


FAULTS: tuple[tuple[type[Fault], int], ...] = (
    (KilledDriver, 5),
    (KilledAtStart, 2),
    (KilledSlot, 4),
    (SuspendedSlot, 2),
    (Suspended, 2),
    (Terminated, 2),
    (TerminatedTwice, 1),
    (Storm, 3),
    (LostAnswers, 3),
    (SlowAnswers, 1),
    (FullDisk, 3),
    (KilledNode, 5),
    (KilledActor, 3),
)
"""With how often each is drawn."""


def draw(count: int, rng: random.Random, scene: Scene) -> list[Fault]:
    """That many faults, each kind at least once if there are enough; of disks and nodes only where there are such."""
    absent: set[type[Fault]] = set() if scene.disk else {FullDisk}
    absent |= set() if scene.cluster else {KilledNode, KilledActor}
    kinds = [(kind, weight) for kind, weight in FAULTS if kind not in absent]
    drawn = rng.sample([kind for kind, _ in kinds], min(count, len(kinds)))
    drawn += rng.choices([kind for kind, _ in kinds], [weight for _, weight in kinds], k=count - len(drawn))
    rng.shuffle(drawn)
    return [kind() for kind in drawn]


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """A file system of its own, held in memory; None where this user may not mount one."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
