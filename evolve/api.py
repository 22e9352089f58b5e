"""The Python API: judge one program, or run a campaign, with the rules and the results of the command line.

What is wrong with an argument raises ``ValueError`` with one sentence; what this machine lacks raises
:class:`sandboxes.SandboxUnavailableError`; a model that cannot be asked at all raises
:class:`evolve.llm.errors.FatalLLMError`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from evaluators.declaration import Direction, Split, Trust
    from evolve.archive import Archive
    from evolve.campaign.config import CampaignConfig

Proposer = Literal["genetic", "random", "llm"]
Format = Literal["native", "openevolve", "shinka"]
Backend = Literal["auto", "docker", "bubblewrap"]
ExecutorName = Literal["local", "ray"]


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What was found out about one program.

    Attributes:
        problem: name of the problem.
        problem_version: hash of all that its scores depend on.
        entry_point: function the program defines.
        candidate: id of the program, the hash of its content.
        split: judged on.
        verdict: ``ok``, or why it has no score; the words are those of ARCHITECTURE.md.
        stage: the last one reached.
        score: in ``unit``, or None.
        unit: of the score.
        direction: whether ``min`` or ``max`` is better.
        confidence: 95 % interval of the score, or None.
        objectives: name -> value, the score among them.
        baselines: published heuristic -> score on the same split.
        feedback: what a proposer is told.
        trust: ``in-sandbox`` if the evaluator ran beside the program, which could then have forged what it says.
        document: everything, as ``evolve eval --json`` prints it.
    """

    problem: str
    problem_version: str
    entry_point: str
    candidate: str
    split: Split
    verdict: str
    stage: str
    score: float | None
    unit: str
    direction: Direction
    confidence: tuple[float, float] | None
    objectives: Mapping[str, float]
    baselines: Mapping[str, float]
    feedback: str
    trust: Trust
    document: Mapping[str, Any] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it answered every instance rightly."""
        return self.verdict == "ok"


@dataclass(frozen=True, slots=True)
class Winner:
    """The best program of a campaign that passed validation and audit.

    Attributes:
        candidate: its id.
        source: its text.
        proposal: number of the proposal that brought it; 0 or less: it was given.
        train: score on the instances searched on.
        validation: score on those it was chosen by.
    """

    candidate: str
    source: str
    proposal: int
    train: float
    validation: float


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a campaign came to.

    Attributes:
        campaign: its id, with which ``evolve resume`` goes on if it is not done.
        problem: name of the problem.
        state: ``done``, ``stopped`` or ``failed``.
        stop_reason: the bound that was reached, or what went wrong.
        evaluations: candidates that ran.
        seconds: of running time, all resumes together.
        usd: spent on models.
        tokens: sent to and had from models.
        winner: or None, if nothing passed.
        test: score of the winner on ``test``, or None if it was not judged there.
        trust: as in :class:`EvaluationResult`.
        archive: file that holds everything.
        document: everything, as ``evolve run --json`` prints it.
    """

    campaign: str
    problem: str
    state: str
    stop_reason: str
    evaluations: int
    seconds: float
    usd: float
    tokens: int
    winner: Winner | None
    test: float | None
    trust: Trust
    archive: Path
    document: Mapping[str, Any] = field(repr=False)


def evaluate(
    problem: str | Path,
    source: str | Path,
    *,
    split: Split = "train",
    entry_point: str | None = None,
    format: Format | None = None,
    sandbox: Backend = "auto",
    parlay_include: str | Path | None = None,
    archive: str | Path | None = None,
) -> EvaluationResult:
    """Judge one program in the sandbox and compare it with the published heuristics.

    Args:
        problem: a problem's name, or the folder of a problem or of another framework's task.
        source: text of the program (with at least one line end), a source file, ``baseline:NAME`` or ``archive:ID``.
        split: ``train``, ``validation`` or ``test``; each look at ``test`` is recorded.
        entry_point: function to judge; default: the first one the program fits.
        format: of a folder, where it is not clear.
        sandbox: backend.
        parlay_include: include folder of a ParlayLib that C++ is timed with; default: ``$PARLAYLIB_HOME/include`` if
            that is set, else our headers.
        archive: file that keeps the result, and the baselines' for the next time; default: nothing is kept.

    Raises:
        ValueError: if an argument cannot be used. A program that cannot be is no error: its verdict is ``rejected``.
        SandboxUnavailableError: if untrusted code cannot be kept in here.
    """
    from evolve.cli.common import formatted
    from evolve.cli.eval import judge_source

    with _one_value_error(), _opened(archive) as store, _as_file(source) as file:
        document = judge_source(
            formatted(str(problem), format), file, split, entry_point, None, sandbox, store,
            None if parlay_include is None else Path(parlay_include),
        )  # fmt: skip
    interval = document["confidence"]
    return EvaluationResult(
        **{name: document[name] for name in _EVALUATION_FIELDS},
        confidence=None if interval is None else (interval[0], interval[1]),
        document=document,
    )


_EVALUATION_FIELDS = (
    "problem", "problem_version", "entry_point", "candidate", "split", "verdict", "stage", "score", "unit", "direction",
    "objectives", "baselines", "feedback", "trust",
)  # fmt: skip


def run(
    campaign: str | Path | CampaignConfig,
    *,
    proposer: Proposer | None = None,
    model: str | Sequence[str] | None = None,
    base_url: str | None = None,
    entry_point: str | None = None,
    evaluations: int | None = None,
    proposals: int | None = None,
    minutes: float | None = None,
    usd: float | None = None,
    tokens: int | None = None,
    seed: int | None = None,
    seed_from: Sequence[str] = (),
    workers: int | None = None,
    executor: ExecutorName | None = None,
    ray_address: str | None = None,
    format: Format | None = None,
    sandbox: Backend | None = None,
    parlay_include: str | Path | None = None,
    archive: str | Path = "evolve.db",
) -> RunResult:
    """Run a campaign to its end, and judge its winner on ``test``.

    Args:
        campaign: a campaign file, a problem's name, the folder of a problem or of another framework's task, or a
            configuration; the other arguments go on top of it.
        proposer: who writes the children; default: ``genetic``, or ``llm`` with a model.
        model: litellm name of a model, or several.
        base_url: an OpenAI-compatible endpoint of your own.
        entry_point: function to evolve.
        evaluations: most evaluations. Without any bound it runs for two minutes, or 100 evaluations with a model.
        proposals: most proposals.
        minutes: longest running time.
        usd: most money spent on models.
        tokens: most tokens used.
        seed: of everything drawn at random.
        seed_from: sources to start from: files, ``baseline:NAME`` or ``archive:ID``.
        workers: candidates judged at one time; with Ray, on each node.
        executor: ``local`` or ``ray``; default: ``ray`` with an address.
        ray_address: of the cluster to join; default: none. A connection to Ray the program has already is used.
        format: of a folder, where it is not clear.
        sandbox: backend.
        parlay_include: as for :func:`evaluate`.
        archive: file that holds everything; made if it is not there.

    Raises:
        ValueError: if an argument cannot be used, or the archive cannot.
        SandboxUnavailableError: if untrusted code cannot be kept in here.
        FatalLLMError: if no model can be asked.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else litellm fetches its price list when imported
    from evolve.campaign import session
    from evolve.campaign.config import with_default_bounds
    from evolve.cli.common import formatted
    from evolve.cli.configuring import check_spending, configured

    models = (model,) if isinstance(model, str) else tuple(model or ())
    with _one_value_error(), _opened(archive) as store:
        target = campaign if not isinstance(campaign, str | Path) else formatted(str(campaign), format)
        config = configured(
            target,
            {
                "proposer": proposer, "entry_point": entry_point, "seed": seed, "workers": workers, "sandbox": sandbox,
                "seed_from": tuple(seed_from) or None, "executor": executor,
                "parlay_include": None if parlay_include is None else str(Path(parlay_include).resolve()),
            },
            {"evaluations": evaluations, "proposals": proposals, "minutes": minutes, "usd": usd, "tokens": tokens},
            {"models": list(models) or None, "base_url": base_url},
            ray={"address": ray_address},
        )  # fmt: skip
        check_spending(config)
        with session.start(with_default_bounds(config), store, _quiet, _quiet) as opened:
            document = opened.finish(opened.search())
    return _run_result(document)


def _run_result(document: Mapping[str, Any]) -> RunResult:
    best, test = document["winner"], document["test"]
    winner = None
    if best is not None:
        winner = Winner(best["candidate"], best["source"], best["proposal"], best["train"], best["validation"]["score"])
    return RunResult(
        **{
            name: document[name] for name in ("campaign", "problem", "state", "stop_reason", "seconds", "usd", "tokens")
        },
        evaluations=document["counts"]["evaluations"],
        winner=winner,
        test=test.get("score") if test else None,
        trust=document["trust"],
        archive=Path(document["archive"]),
        document=document,
    )


def _quiet(_: object) -> None:
    """A campaign run by a program says nothing on its way."""


@contextlib.contextmanager
def _opened(archive: str | Path | None) -> Iterator[Archive]:
    """The archive, or one that vanishes afterwards."""
    from evolve.archive import Archive

    with contextlib.ExitStack() as stack:
        if archive is None:
            archive = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evolve-"))) / "evolve.db"
        yield stack.enter_context(Archive(archive))


@contextlib.contextmanager
def _as_file(source: str | Path) -> Iterator[str]:
    """What the command line would be given: source text lies in a file for as long as it takes."""
    if not isinstance(source, str) or "\n" not in source:
        yield str(source)
        return
    with tempfile.TemporaryDirectory(prefix="evolve-") as folder:
        file = Path(folder) / "source"
        file.write_text(source, encoding="utf-8")
        yield str(file)


@contextlib.contextmanager
def _one_value_error() -> Iterator[None]:
    """Mistakes of the caller's that are exceptions of another kind on the command line."""
    from evaluators.toolchains.parlaylib import ParlayLibError
    from evolve.archive import ArchiveError
    from evolve.cli.common import BadInputError

    try:
        yield
    except (BadInputError, ArchiveError, ParlayLibError) as error:
        raise ValueError(str(error).removeprefix("--")) from error
