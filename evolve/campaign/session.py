"""Opening a campaign, new or resumed: everything it needs, made in the right order and closed again."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evaluators.declaration import EntryPoint
from evaluators.evaluation import Evaluation
from evaluators.judge import Judge
from evaluators.ladder import is_parallel_enough
from evaluators.problem import Problem
from evaluators.registry import load_problem
from evaluators.tables import TableError
from evolve.archive.arms import arms
from evolve.archive.database import Archive
from evolve.campaign.baselines import baselines_of, score_table
from evolve.campaign.config import CampaignConfig
from evolve.campaign.engine import Ending, Engine
from evolve.campaign.first_use import audit_at_first_use, task_audit
from evolve.campaign.gauge import Gauge
from evolve.campaign.history import winner_document
from evolve.campaign.life import Life
from evolve.campaign.machine import CampaignError, check_machine
from evolve.campaign.progress import Best, Progress
from evolve.campaign.report import TestReport
from evolve.campaign.store import CampaignStore, is_driven, new_campaign
from evolve.campaign.turns import Turns
from evolve.executors.base import Executor
from evolve.executors.opening import open_executor
from evolve.fence import far_out
from evolve.proposers.registry import (
    ASKING,
    asked_for,
    calls,
    check_proposer,
    close_proposer,
    make_proposer,
    prompt_tokens,
    spending,
    waiting,
)
from evolve.proposers.seeds import seeds
from evolve.selection.islands import Islands
from evolve.selection.kinds import populations, suited
from evolve.selection.traits import UnknownTraitError

OBSERVATIONS_KEPT = 2000


def entry_of(problem: Problem, name: str | None) -> EntryPoint:
    """The entry point, or one sentence naming those there are."""
    try:
        return problem.spec.entry_point(name)
    except KeyError as error:
        raise CampaignError(str(error.args[0])) from None


def check_population(config: CampaignConfig, problem: Problem) -> None:
    """Refuse in one sentence a population of traits that the problem's candidates have not.

    Raises:
        CampaignError: naming those there are.
    """
    try:
        populations(config.population, problem, 1.0)
    except UnknownTraitError as error:
        raise CampaignError(str(error)) from None


@dataclass
class Session:
    """One running campaign."""

    config: CampaignConfig
    campaign_id: str
    archive: Archive
    problem: Problem
    executor: Executor
    store: CampaignStore
    life: Life
    engine: Engine
    progress: Progress
    secret: str
    train_baselines: dict[str, Evaluation]
    validation_baselines: dict[str, Evaluation]

    def search(self) -> Ending:
        """Search until a bound is reached or it is stopped."""
        return self.engine.search()

    def spent(self) -> tuple[float, int]:
        """USD and tokens spent."""
        return spending(self.life.proposer)

    def waiting(self) -> str:
        """What waits for an answer in an inbox, and where; empty for other proposers."""
        return waiting(self.life.proposer)

    def asked_for(self) -> str:
        """What was asked for lately; empty for proposers that ask nobody."""
        return asked_for(self.life.proposer)

    def finish(self, ending: Ending, test: bool = True) -> dict[str, Any]:
        """Write the final document; if the campaign is over, with the winner on ``test`` unless that is not wanted."""
        row = self.store.best_validated(self.problem.spec.objective.direction, audited=True)
        document = self._document(ending)
        if row is not None:
            document["winner"] = winner_document(row, self.life.entry.name, self.life.entry.file)
        if row is not None and ending.state == "done" and test and self.problem.instances("test"):
            from evolve.archive.records import read_candidate

            candidate = read_candidate(row)
            report = TestReport(self.executor, self.store, self.life.evaluator, self.secret)
            rivals = report.baselines()
            document["test"] = report.document(report.winner(candidate), rivals)
        self.store.reported(document, row["candidate_id"] if row else None, ending.state, ending.reason)
        return document

    def _arms(self) -> list[dict[str, Any]]:
        direction = self.problem.spec.objective.direction
        return arms(self.archive, self.campaign_id, direction) if self.config.proposer in ASKING else []

    def _document(self, ending: Ending) -> dict[str, Any]:
        usd, tokens = self.spent()
        counts = self.store.counts()
        counts.pop("last")
        spec = self.problem.spec
        improvements = self.store.improvements(spec.objective.direction)
        seconds = self.life.gauge.seconds
        return {
            "campaign": self.campaign_id,
            "problem": spec.name,
            "problem_version": spec.version,
            "trust": spec.trust,
            "task_audit": task_audit(self.archive, spec.version),
            "entry_point": self.life.entry.name,
            "proposer": self.config.proposer,
            "seed": self.config.seed,
            "state": ending.state,
            "stop_reason": ending.reason,
            "archive": str(self.archive.path),
            "counts": counts,
            "verdicts": self.store.verdict_counts(),
            "seconds": round(seconds, 3),
            "evaluations_per_second": round(counts["evaluations"] / max(seconds, 1e-9), 3),
            "usd": usd,
            "tokens": tokens,
            "improvements": improvements,
            "usd_per_improvement": usd / improvements if improvements else None,
            "prompt_tokens": prompt_tokens(self.life.proposer),
            "arms": self._arms(),
            "sandbox": self.executor.capabilities.backend,
            "executor": self.executor.document(),
            "environment": self.life.evaluator.environment,
            "baselines": {
                "train": score_table(self.train_baselines),
                "validation": score_table(self.validation_baselines),
            },
            "curve": [asdict(point) for point in self.progress.validation],
            "winner": None,
            "test": None,
        }


@contextlib.contextmanager
def start(
    config: CampaignConfig,
    archive: Archive,
    on_beat: Callable[[Session], None],
    say: Callable[[str], None],
    campaign_id: str | None = None,
) -> Iterator[Session]:
    """A new campaign; its id is drawn if none is given.

    Raises:
        TableError, UnknownProblemError, SourceError, CampaignError, SandboxUnavailableError: one sentence each.
    """
    problem = load_problem(config.problem)
    entry = entry_of(problem, config.entry_point)
    sources = seeds(config.seed_from, problem.spec, entry, archive)
    check_proposer(config, problem, entry, sources, archive)
    check_population(config, problem)
    with open_executor(config, problem, say) as executor:
        evaluator = executor.judge(entry)
        audit_at_first_use(archive, evaluator, say)
        founders = [(candidate, evaluator.screen(candidate).dedupe_key) for candidate in sources]
        campaign_id = new_campaign(
            archive, config, problem.spec, entry.name, evaluator.environment, asdict(executor.capabilities), founders,
            campaign_id,
        )  # fmt: skip
        with _opened(config, campaign_id, archive, executor, evaluator, on_beat, say, fresh=True) as session:
            yield session


@contextlib.contextmanager
def resume(
    campaign_id: str | None, archive: Archive, on_beat: Callable[[Session], None], say: Callable[[str], None]
) -> Iterator[Session]:
    """A campaign that was stopped or killed; the last unfinished one if no id is given.

    Raises:
        CampaignError: if there is none, it is running, it has ended, or its problem has changed.
    """
    row = find_campaign(archive, campaign_id)
    if row["state"] == "done":
        raise CampaignError(f"campaign {row['id']} is done; `evolve archive show {row['id']}` prints its report")
    if is_driven(row["driver"]):
        raise CampaignError(f"campaign {row['id']} is being run by process {row['driver'].split(':')[0]}")
    config = CampaignConfig.from_json(json.loads(row["config"]))
    problem = load_problem(config.problem)
    if problem.spec.version != row["problem_version"]:
        raise CampaignError(
            f"campaign {row['id']} was run on version {row['problem_version']} of {row['problem']}, which is now "
            f"{problem.spec.version}: its scores could not be compared, start a new one"
        )
    entry = problem.spec.entry_point(row["entry_point"])
    with open_executor(config, problem, say, row["environment"]) as executor:
        evaluator = executor.judge(entry)
        with _opened(config, row["id"], archive, executor, evaluator, on_beat, say, fresh=False) as session:
            yield session


def find_campaign(archive: Archive, campaign_id: str | None) -> sqlite3.Row:
    """The row of a campaign by the start of its id, or of the newest one that is not done.

    Raises:
        CampaignError: if there is no such campaign.
    """
    if campaign_id is None:
        row = archive.row("SELECT * FROM campaigns WHERE state != 'done' ORDER BY created_at DESC LIMIT 1")
        if row is None:
            raise CampaignError(f"{archive.path}: no campaign is unfinished")
        return row
    rows = archive.rows("SELECT * FROM campaigns WHERE substr(id, 1, ?) = ?", (len(campaign_id), campaign_id))
    if len(rows) != 1:
        known = ", ".join(r["id"] for r in archive.rows("SELECT id FROM campaigns ORDER BY created_at DESC LIMIT 5"))
        what = "several campaigns' ids start" if rows else "no campaign's id starts"
        raise CampaignError(f"{archive.path}: {what} with {campaign_id!r}; the latest: {known or 'none'}")
    return rows[0]


def _fence(baselines: Mapping[str, Evaluation], sign: float) -> float:
    """Where a score on one train instance is far out, told by the baseline that is best there."""
    judged = [(sign * e.score, e.instance_scores) for e in baselines.values() if e.score is not None]
    scores = min(judged, key=lambda pair: pair[0])[1] if judged else None
    return far_out(sign * scores) if scores is not None else float("inf")


@contextlib.contextmanager
def _opened(
    config: CampaignConfig,
    campaign_id: str,
    archive: Archive,
    executor: Executor,
    evaluator: Judge,
    on_beat: Callable[[Session], None],
    say: Callable[[str], None],
    fresh: bool,
) -> Iterator[Session]:
    problem, entry = evaluator.problem, evaluator.entry
    store = CampaignStore(archive, campaign_id, problem.spec, entry.name)
    if not fresh:
        store.claim()
    row = find_campaign(archive, campaign_id)
    if not fresh:
        store.note("resumed", earlier_seconds=row["active_seconds"])

    recorded: set[str] = set()

    def pass_on() -> None:
        """What happened to the machines, to the archive and to people."""
        for environment, facts in executor.environments().items():
            if environment not in recorded:
                store.environment(environment, facts)
                recorded.add(environment)
        for news in executor.news():
            store.note(news.kind, **news.data)
            say(news.said)

    def beat() -> None:
        pass_on()
        on_beat(session[0])

    pass_on()
    say("judging the baselines")
    train = baselines_of(evaluator, store, "train", executor.slots)
    validation = baselines_of(evaluator, store, "validation", executor.slots)
    population, fence = suited(config.population, config.proposer, problem.spec.language), _fence(train, evaluator.sign)
    found = populations(population, problem, evaluator.sign, fence)
    islands = Islands(population, evaluator.sign, fence, store.epoch(), found)
    homes = store.homes()
    islands.restore([(member, homes[member.candidate_id]) for member in store.members()], store.moves())
    proposer = make_proposer(config, problem, entry, store.seeds(), archive, campaign_id)
    for observation in store.observations(OBSERVATIONS_KEPT):
        proposer.observe(observation)
    counts = store.counts()
    seconds = row["active_seconds"]
    gauge = Gauge(config.bounds, counts["last"], counts["evaluations"], seconds)
    progress = Progress(evaluator.sign, lambda: gauge.seconds, seconds, counts["evaluations"])
    progress.verdicts.update(store.verdict_counts())
    best = store.best_validated(problem.spec.objective.direction, audited=True)
    if best is not None:
        progress.validation.append(Best(seconds, counts["evaluations"], best["validation"]))
    if islands.best is not None:
        progress.train.append(Best(seconds, counts["evaluations"], islands.best.score))
    life = Life(
        config=config,
        campaign_id=campaign_id,
        evaluator=evaluator,
        proposer=proposer,
        store=store,
        islands=islands,
        gauge=gauge,
        progress=progress,
        baselines=score_table(train),
        yardsticks=frozenset(e.candidate_id for e in train.values() if not is_parallel_enough(problem.spec, e)),
        turns=Turns(calls(proposer)),
    )
    session: list[Session] = []
    engine = Engine(life, executor, beat)
    session.append(
        Session(
            config,
            campaign_id,
            archive,
            problem,
            executor,
            store,
            life,
            engine,
            progress,
            row["secret"],
            train,
            validation,
        )
    )
    try:
        yield session[0]
    finally:
        close_proposer(proposer)
        pass_on()
        store.released()


__all__ = ["CampaignError", "Session", "TableError", "check_machine", "entry_of", "find_campaign", "resume", "start"]
