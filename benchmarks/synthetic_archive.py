"""Archives of any size in minutes: the tables, ids and shapes of real ones, the programs and scores made up.

Ids are the hashes they are said to be, every score is the mean of its instances, counts and bills add up, so that
`evolve archive verify` finds nothing. Each campaign is about twice as large as the one before it, so the last one holds
half of all candidates. Rows are written in bulk, and the indexes made over them afterwards.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.candidate import Candidate
from evaluators.declaration import ProblemSpec
from evaluators.registry import describe_problem
from evolve.archive import Archive
from evolve.archive.catalog import catch_up
from evolve.archive.records import evaluation_id
from evolve.campaign.config import Bounds, CampaignConfig
from evolve.compare.plan import Plan
from evolve.selection.population import fitness_key

PROBLEMS = ("scheduling/single-machine-tardiness", "packing/online-bin-packing", "scheduling/online-flow-time")
SMALLEST, STOPPED = 60, 5000  # candidates of the smallest campaign, and from which one on it was stopped
INSTANCES = {"train": 32, "validation": 16}
POPULATION = 300
STARTED = 1_700_000_000.0
ENVIRONMENT = "0" * 16
VERDICTS = (("ok", 88), ("runtime_error", 6), ("wrong_answer", 4), ("time_limit", 2))
_CHUNK = 2000
_REMARKS = (
    "Weighs slack by what is left.",
    "Starts long jobs late.",
    "Breaks ties by weight.",
    "Smooths the due dates.",
)
_LESSONS = (
    "Weighing slack by what is left of a job raised scores most.",
    "Starting long jobs late lowered them.",
    "np.minimum beats a chain of branches.",
)
_EVERY = 50  # proposals of a model between two summaries
_LAST_WORDS = "NameError: name 'slack' is not defined"


@dataclass(frozen=True)
class Landmarks:
    """Where to look in it.

    Attributes:
        campaign: id of the largest.
        comparison: id of the only one.
        candidate: id of one late in the largest campaign, with a long line of ancestors.
        popular: id of one that was proposed very often.
    """

    campaign: str
    comparison: str
    candidate: str
    popular: str


def landmarks(path: Path) -> Landmarks:
    """Found by looking through all of it."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        queries = (
            "SELECT campaign_id FROM campaign_totals ORDER BY evaluations DESC LIMIT 1",
            "SELECT id FROM comparisons",
            "SELECT candidate_id FROM members WHERE alive ORDER BY rowid DESC LIMIT 1",
            "SELECT candidate_id FROM proposals GROUP BY candidate_id ORDER BY count(*) DESC LIMIT 1",
        )
        return Landmarks(*[connection.execute(query).fetchone()[0] for query in queries])


def build(path: Path, candidates: int, seed: int = 0) -> None:
    """Make an archive.

    Args:
        path: of the file, which must not exist.
        candidates: programs in it.
        seed: of everything drawn.
    """
    with Archive(path) as archive, archive.write():
        pass
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;")
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    indexes = indexes.fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    writer, rng = _Writer(connection), random.Random(seed)
    sizes = _sizes(candidates)
    plans = _comparison(writer, sizes)
    for number, size in enumerate(sizes):
        # The comparison is on the first problem, and so is the largest campaign.
        problem = PROBLEMS[0 if number < 4 else (len(sizes) - 1 - number) % len(PROBLEMS)]
        _Campaign(writer, rng, number, size, problem, *plans[number]).make()
    writer.flush()
    for _, sql in indexes:
        connection.execute(sql)
    connection.commit()
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    with Archive(path) as archive:
        catch_up(archive)


def _sizes(candidates: int) -> list[int]:
    """Candidates of each campaign: half of what is left, from the last to the first, but not fewer than a minimum."""
    sizes: list[int] = []
    while candidates // 2 >= SMALLEST:
        sizes.append(candidates // 2)
        candidates -= sizes[-1]
    return [candidates, *reversed(sizes)]


def _comparison(writer: _Writer, sizes: list[int]) -> list[tuple[str, str, int]]:
    """Proposer, id and seed of each campaign; the first four belong to a comparison."""
    spec = describe_problem(PROBLEMS[0])
    config = CampaignConfig(spec.name, bounds=Bounds(evaluations=sizes[0]))
    plan = Plan(
        config, ("genetic", "random"), 2, False, spec.name, spec.version, spec.entry_points[0].name,
        spec.objective.unit, spec.objective.direction,
    )  # fmt: skip
    writer.put(
        "comparisons", id=plan.id, created_at=STARTED, problem=spec.name, problem_version=spec.version,
        plan=json.dumps(plan.as_json()), state="stopped", stop_reason="interrupted", driver="", report=None,
    )  # fmt: skip
    found = []
    for number in range(len(sizes)):
        proposer, seed = ("genetic", "llm", "random", "genetic")[number % 4], number
        campaign = f"{0xC0FFEE00 + number:08x}"
        for position, (compared, repeat) in enumerate(plan.order()):
            if position == number:
                proposer, seed = compared, repeat
                writer.put(
                    "comparison_campaigns", comparison_id=plan.id, position=position, proposer=proposer,
                    repeat=repeat, seed=repeat, campaign_id=campaign,
                )  # fmt: skip
        found.append((proposer, campaign, seed))
    return found


class _Writer:
    """Rows that wait to be written together."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}

    def put(self, table: str, **row: Any) -> None:
        """Add a row; the rows of a table all have the same columns."""
        self._columns.setdefault(table, tuple(row))
        self._rows.setdefault(table, []).append(tuple(row.values()))

    def flush(self) -> None:
        """Write what waits."""
        for table, rows in self._rows.items():
            columns = self._columns[table]
            self.connection.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows
            )
            rows.clear()


class _Campaign:
    """One campaign, written down proposal by proposal."""

    def __init__(
        self,
        writer: _Writer,
        rng: random.Random,
        number: int,
        size: int,
        problem: str,
        proposer: str,
        id: str,
        seed: int,
    ) -> None:
        self.writer, self.rng, self.size, self.proposer, self.id = writer, rng, size, proposer, id
        self.number, self.seed = number, seed
        self.spec: ProblemSpec = describe_problem(problem)
        self.entry = self.spec.entry_points[0]
        self.sets = {split: f"{split[0]}{self.spec.name[:14]}" for split in INSTANCES}
        self.at = STARTED + 86400.0 * number
        self.population: deque[str] = deque(maxlen=POPULATION)
        self.popular = ""
        self.evaluations = self.spent = 0
        self.best: tuple[float, str, str] | None = None

    def make(self) -> None:
        """Write it."""
        self._sets_of_instances()
        self._row()
        left, ordinal = self.size, 0
        while left:
            count = min(_CHUNK, left)
            scores = self._scores(count)
            for row in scores:
                ordinal += 1
                while self.rng.random() < 0.04 and self.population:
                    self._duplicate(ordinal)
                    ordinal += 1
                self._proposal(ordinal, row)
            self.writer.flush()
            left -= count
        self._end(ordinal)

    def _scores(self, count: int) -> Iterator[np.ndarray]:
        drawn = np.random.default_rng(self.rng.getrandbits(32)).gamma(2.0, 2.0, (count, INSTANCES["train"]))
        return iter(np.round(drawn, 3))

    def _row(self) -> None:
        # What can be told only at the end is filled in there.
        config = CampaignConfig(self.spec.name, proposer=self.proposer, seed=self.seed)
        self.writer.put(
            "campaigns", id=self.id, created_at=self.at, problem=self.spec.name, problem_version=self.spec.version,
            entry_point=self.entry.name, proposer=self.proposer, config=json.dumps(config.as_json()), seed=self.seed,
            secret=f"{self.number:032x}", environment=ENVIRONMENT, capabilities="{}", state="running", stop_reason="",
            active_seconds=self.size / 40, driver="", winner=None, report=None,
        )  # fmt: skip
        self.writer.flush()

    def _sets_of_instances(self) -> None:
        for split, count in INSTANCES.items():
            self.writer.connection.execute(
                "INSERT OR IGNORE INTO instance_sets (id, problem, split, names, parts, best_known, proven) "
                "VALUES (?,?,?,?,?,?,?)",
                (
                    self.sets[split], self.spec.name, split, json.dumps([f"made-{k}" for k in range(count)]),
                    json.dumps(["made"] * count), json.dumps([None] * count), json.dumps([0] * count),
                ),
            )  # fmt: skip

    def _bred(self, ordinal: int, **row: Any) -> str:
        """The row of a proposal and of its parents; its id."""
        proposal, rng = f"{self.id}-{ordinal:06d}", self.rng
        parents = rng.choices(self.population, k=2) if len(self.population) > 20 else []
        pool = rng.choices(self.population, k=4) if parents else []
        self.at += 0.025
        asks = self.proposer == "llm" and bool(parents)
        self.writer.put(
            "proposals", id=proposal, campaign_id=self.id, ordinal=ordinal, seed=rng.getrandbits(48), island=0,
            node="done", turn=0, operator=rng.choice(("crossover", "mutation", "tune", "graft")) if parents else "grow",
            context=json.dumps({"parents": parents, "pool": pool}), failure="", created_at=self.at,
            asked="rewrite" if asks else "", remark=rng.choice(_REMARKS) if asks else "", done_at=self.at + 0.02, **row,
        )  # fmt: skip
        for position, parent in enumerate(dict.fromkeys(parents)):
            self.writer.put("parents", proposal_id=proposal, candidate_id=parent, position=position)
        self._event(proposal, row["status"], verdict=row["verdict"], rank=0, reason="")
        return proposal

    def _event(self, proposal: str, kind: str, **data: Any) -> None:
        self.writer.put(
            "events", campaign_id=self.id, proposal_id=proposal, at=self.at, kind=kind, data=json.dumps(data)
        )

    def _duplicate(self, ordinal: int) -> None:
        """One program stands for those that models hand in again and again."""
        self.popular = self.popular or self.population[0]
        again = self.popular if self.rng.random() < 0.1 else self.rng.choice(self.population)
        self._bred(
            ordinal, candidate_id=again, genome=None, verdict="", status="duplicate", score=None, evaluations=0,
            admitted=0,
        )  # fmt: skip

    def _proposal(self, ordinal: int, scores: np.ndarray) -> None:
        rng = self.rng
        (verdict,) = rng.choices([name for name, _ in VERDICTS], [weight for _, weight in VERDICTS])
        ok = verdict == "ok"
        complete = ok and rng.random() < 0.6
        if ok and not complete:
            scores[rng.randrange(2, len(scores)) :] = np.nan
        # A campaign finds better ones as it goes on.
        scores = scores * (0.5 + 2.0 / (1.0 + ordinal / 50))
        score = float(np.nanmean(scores)) if ok else None
        genome = _expression(rng)
        candidate = Candidate.of_text(_source(self.entry.signature, genome, self.id, ordinal), self.entry.file)
        admitted = complete and (ordinal < 50 or rng.random() < 0.3)
        self.writer.put(
            "candidates", id=candidate.id, language="python",
            files=json.dumps({self.entry.file: candidate.text(self.entry.file)}), dedupe_key=f"d{candidate.id[:31]}",
            size=len(candidate.files[self.entry.file]), created_at=self.at,
        )  # fmt: skip
        proposal = self._bred(
            ordinal, candidate_id=candidate.id, genome=genome if self.proposer != "llm" else None, verdict=verdict,
            status="evaluated", score=score, evaluations=1, admitted=int(admitted),
        )  # fmt: skip
        self.evaluations += 1
        self._evaluation(candidate.id, proposal, "train", verdict, scores if ok else None, complete or not ok)
        if self.proposer == "llm":
            self._call(proposal, candidate)
            if ordinal % _EVERY == 0:
                self._insight(ordinal // _EVERY)
        if admitted:
            assert score is not None
            self._admit(candidate.id, proposal, score, scores)

    def _admit(self, candidate: str, proposal: str, score: float, scores: np.ndarray) -> None:
        self.population.append(candidate)
        self.writer.put(
            "members", campaign_id=self.id, candidate_id=candidate, proposal_id=proposal, island=0, score=score,
            fitness_key=fitness_key(scores), alive=0,
        )  # fmt: skip
        if self.rng.random() < 0.1:
            found = scores[: INSTANCES["validation"]] * 1.05
            audit = "ok" if self.best is None or float(found.mean()) < self.best[0] else ""
            self._evaluation(candidate, proposal, "validation", "ok", found, True)
            validation = float(found.mean())
            self.writer.put(
                "elites", campaign_id=self.id, candidate_id=candidate, proposal_id=proposal, train=score,
                validation=validation, low=0.9 * validation, high=1.1 * validation, audit=audit, feedback="",
                admitted_at=self.at,
            )  # fmt: skip
            if audit:
                self.best = (validation, candidate, proposal)
                self._event(proposal, "audited", verdict="ok", feedback="")

    def _evaluation(
        self, candidate: str, proposal: str, split: str, verdict: str, scores: np.ndarray | None, complete: bool
    ) -> None:
        spec, entry, instances = self.spec, self.entry, self.sets[split]
        score = None if scores is None else float(np.nanmean(scores))
        whole = score is not None and complete
        seconds = round(self.rng.uniform(0.01, 0.3), 6)
        stages = [{"name": name, "verdict": "ok", "seconds": seconds} for name in ("screen", "smoke")]
        stages.append({"name": split, "verdict": verdict, "seconds": seconds})
        id = evaluation_id(candidate, spec.version, entry.name, split, instances, ENVIRONMENT, self.id, 0)
        self.writer.put(
            "evaluations", id=id, candidate_id=candidate, campaign_id=self.id, proposal_id=proposal, problem=spec.name,
            problem_version=spec.version, entry_point=entry.name, split=split, instance_set=instances,
            environment=ENVIRONMENT, repeat=0, verdict=verdict, stage=split, score=score,
            low=0.9 * score if whole and score else None, high=1.1 * score if whole and score else None,
            complete=int(complete), objectives=json.dumps({} if score is None else {spec.objective.name: score}),
            stages=json.dumps(stages), feedback="" if verdict == "ok" else _LAST_WORDS, cpu_seconds=seconds,
            wall_seconds=seconds, peak_memory_bytes=30_000_000, decisions_digest=candidate if whole else "",
            sandbox="bubblewrap", created_at=self.at,
        )  # fmt: skip
        if scores is not None:
            blob = zlib.compress(scores.astype("<f8").tobytes(), 1)
            self.writer.put("instance_scores", evaluation_id=id, scores=blob, objectives=blob)

    def _call(self, proposal: str, candidate: Candidate) -> None:
        row = self._asked(proposal, "rewrite", f"{self.spec.statement[:2000]}\n{candidate.text()}")
        lost = self.rng.random() < 0.02
        if lost:
            self.writer.put(
                "llm_calls", attempt=1, state="in_doubt", answer=None, finish_reason=None, prompt_tokens=None,
                completion_tokens=None, cached_tokens=None, cost_nusd=30_000_000, error="ReadError: connection lost",
                **row,
            )  # fmt: skip
        self._answer(row, f"```python\n{candidate.text()}```", attempt=1 + lost)
        self.spent += 30_000_000 * lost

    def _insight(self, number: int) -> None:
        """A summary of what proposals had taught."""
        lessons = [*(_LESSONS[(number + k) % len(_LESSONS)] for k in range(2)), f"Seen after {number} rounds."]
        row = self._asked(f"{self.id}-insights-{number:06d}", "distill", "Sum up the notes.")
        self._answer(row, "".join(f"- {lesson}\n" for lesson in lessons), attempt=1)

    def _asked(self, proposal: str, prompt: str, text: str) -> dict[str, Any]:
        """What is on record of every attempt at a call."""
        return {
            "request_id": f"evolve-{proposal}", "campaign_id": self.id, "proposal_id": proposal, "turn": 0,
            "model": "openai/made-up", "prompt_name": prompt, "prompt_hash": "0" * 64,
            "messages": json.dumps([{"role": "user", "content": text}]), "params": json.dumps({"max_tokens": 1000}),
            "reserved_nusd": 30_000_000, "reserved_tokens": 3000, "sent_at": self.at, "settled_at": self.at + 1.0,
            "seconds": 1.0,
        }  # fmt: skip

    def _answer(self, row: dict[str, Any], text: str, attempt: int) -> None:
        self.writer.put(
            "llm_calls", attempt=attempt, state="answered", answer=text, finish_reason="stop", prompt_tokens=900,
            completion_tokens=150, cached_tokens=0, cost_nusd=3_750_000, error=None, **row,
        )  # fmt: skip
        self.spent += 3_750_000

    def _end(self, proposals: int) -> None:
        """Large campaigns were stopped on their way, the others are done."""
        connection = self.writer.connection
        connection.executemany(
            "UPDATE members SET alive = 1 WHERE campaign_id = ? AND candidate_id = ?",
            [(self.id, candidate) for candidate in self.population],
        )
        open_ended = self.proposer != "llm" and self.size >= STOPPED
        state = "stopped" if open_ended else "done"
        config = CampaignConfig(
            self.spec.name, proposer=self.proposer, seed=self.seed,
            bounds=Bounds(evaluations=self.evaluations * (1 + open_ended)),
        )  # fmt: skip
        winner = None if self.best is None else self._winner(*self.best)
        report = self._report(proposals, winner) if state == "done" else None
        connection.execute(
            "UPDATE campaigns SET state = ?, stop_reason = ?, winner = ?, config = ?, report = ? WHERE id = ?",
            (
                state, "interrupted" if open_ended else "evaluations", winner and winner["candidate"],
                json.dumps(config.as_json()), report and json.dumps(report), self.id,
            ),
        )  # fmt: skip

    def _winner(self, validation: float, candidate: str, proposal: str) -> dict[str, Any]:
        return {
            "candidate": candidate, "entry_point": self.entry.name, "proposal": int(proposal.rpartition("-")[2]),
            "language": "python", "source": "", "genome": None, "train": validation, "audit": "ok",
            "validation": {"score": validation, "confidence": [0.9 * validation, 1.1 * validation]},
        }  # fmt: skip

    def _report(self, proposals: int, winner: dict[str, Any] | None) -> dict[str, Any]:
        return {
            "campaign": self.id, "problem": self.spec.name, "problem_version": self.spec.version, "trust": "trusted",
            "entry_point": self.entry.name, "proposer": self.proposer, "seed": self.seed, "state": "done",
            "stop_reason": "evaluations", "archive": "made-up",
            "counts": {"proposals": proposals, "evaluations": self.evaluations},
            "seconds": self.size / 40, "evaluations_per_second": 40.0, "usd": self.spent / 1e9, "tokens": 0,
            "environment": ENVIRONMENT, "baselines": {"train": {}, "validation": {}}, "curve": [], "winner": winner,
            "test": None,
        }  # fmt: skip


def _expression(rng: random.Random) -> str:
    """An arithmetic expression, about as long as evolved ones are."""
    terms = [f"{rng.choice('pdwtr')} {rng.choice('*/-+')} {rng.random():.4f}" for _ in range(rng.randrange(2, 9))]
    return " + ".join(f"np.minimum({term}, {rng.choice('pdwt')})" for term in terms)


def _source(signature: str, expression: str, campaign: str, ordinal: int) -> str:
    return f"import numpy as np\n\n\n{signature}\n    # {campaign} {ordinal}\n    return {expression}\n"
