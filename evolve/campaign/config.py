"""What one campaign is: read from a TOML file or the command line, validated in one place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from evaluators.foreign import FORMATS
from evaluators.registry import author_settings, reference
from evaluators.tables import Table, TableError, read_toml
from evolve.selection.settings import PopulationSettings, read_population
from sandboxes.interface import BACKENDS

_FOREIGN = tuple(f"{format}:" for format in FORMATS)
PROPOSERS = ("genetic", "random", "llm", "inbox", "replay")
EXECUTORS = ("local", "ray")
SANDBOXES = BACKENDS
DEFAULT_MINUTES = 2.0
DEFAULT_LLM_EVALUATIONS = 100


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a campaign may use; it ends at whichever comes first. None means no such bound.

    Attributes:
        evaluations: candidates that passed the screen and ran one stage (repairs count).
        proposals: children asked for, whatever became of them.
        minutes: of running time, summed over resumes.
        usd: money for model answers; no call is made that could overshoot it.
        tokens: prompt and completion tokens together; likewise.
    """

    evaluations: int | None = None
    proposals: int | None = None
    minutes: float | None = None
    usd: float | None = None
    tokens: int | None = None

    def none_given(self) -> bool:
        """Whether nothing bounds the campaign."""
        return all(getattr(self, f.name) is None for f in fields(self))


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """How questions are written out and answers read in.

    Attributes:
        folder: for prompts and answers; None: ``inbox`` beside the archive.
        concurrency: prompts open at one time. With one, each is drawn with all answers so far.
    """

    folder: str | None = None
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class RaySettings:
    """Where the nodes of the executor ``ray`` are.

    Attributes:
        address: ``HOST:PORT`` of a cluster, ``auto`` for the one this machine is part of; None: a Ray of one's own on
            this machine.
        wait_minutes: how long a campaign that has no node left waits for one before it stops.
    """

    address: str | None = None
    wait_minutes: float = 5.0


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """Whose answers are given again.

    Attributes:
        campaign: (start of) the id of a campaign that asked an LLM or an inbox.
        archive: file it is in; None: the archive of the campaign itself.
    """

    campaign: str | None = None
    archive: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignConfig:
    """One campaign.

    Attributes:
        problem: name, or folder of a user's problem.
        entry_point: function to evolve; None: the problem's default.
        proposer: who writes the children.
        seed: of everything drawn at random.
        workers: candidates judged at one time (sandbox slots); with the executor ``ray``, on each node.
        executor: where they are judged.
        sandbox: backend.
        parlay_include: include folder of a ParlayLib that C++ candidates are timed with; None: our headers.
        parlay_digest: of its headers when the campaign was configured.
        seed_from: sources to start from: files, ``baseline:NAME`` or ``archive:ID``; empty: the problem's own seeds.
        repairs: repair turns a failed child of a proposer that can repair is given.
        founders: random children before selection starts (genetic); None: as many as suit what is bred.
        bounds: what it may use.
        population: selection settings.
        llm: the ``[llm]`` table, as given.
        inbox: of the proposer of that name.
        replay: likewise.
        ray: of the executor of that name.
    """

    problem: str
    entry_point: str | None = None
    proposer: str = "genetic"
    seed: int = 0
    workers: int = 2
    executor: str = "local"
    sandbox: str = "auto"
    parlay_include: str | None = None
    parlay_digest: str | None = None
    seed_from: tuple[str, ...] = ()
    repairs: int = 1
    founders: int | None = None
    bounds: Bounds = field(default_factory=Bounds)
    population: PopulationSettings = field(default_factory=PopulationSettings)
    llm: Mapping[str, Any] = field(default_factory=dict)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    replay: ReplaySettings = field(default_factory=ReplaySettings)
    ray: RaySettings = field(default_factory=RaySettings)

    def as_json(self) -> dict[str, Any]:
        """Plain values, enough to build it again."""
        return asdict(replace(self, llm=dict(self.llm)))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CampaignConfig:
        """Inverse of :meth:`as_json`."""
        plain = dict(data)
        plain["bounds"] = Bounds(**plain["bounds"])
        plain["population"] = PopulationSettings.from_json(plain["population"])
        plain["inbox"] = InboxSettings(**plain.get("inbox", {}))  # archives of earlier releases have none
        plain["replay"] = ReplaySettings(**plain.get("replay", {}))
        plain["ray"] = RaySettings(**plain.get("ray", {}))
        plain["seed_from"] = tuple(plain["seed_from"])
        return cls(**plain)


_CAMPAIGN = {
    "problem", "entry_point", "proposer", "seed", "workers", "executor", "sandbox", "seed_from", "repairs", "founders",
    "parlay_include",
}  # fmt: skip


def read_campaign(path: Path) -> CampaignConfig:
    """Read a campaign file: tables ``[campaign]``, ``[budget]``, ``[population]``, ``[llm]``, ``[inbox]``,
    ``[replay]``, ``[ray]``.

    Raises:
        TableError: one sentence naming file, field and allowed values.
    """
    data = read_toml(path)
    Table(path, "", data, {"campaign", "budget", "population", "llm", "inbox", "replay", "ray"})
    if "campaign" not in data:
        raise TableError(f'{path}: missing table [campaign] with at least: problem = "family/name"')
    main = Table(path, "campaign.", data["campaign"], _CAMPAIGN)
    problem = main.get("problem", str, required=True)
    if (path.parent / problem).is_dir() or problem.startswith(_FOREIGN):
        problem = reference(problem, path.parent)
    usual = campaign_for(problem)
    budget = Table(path, "budget.", data.get("budget", {}), {f.name for f in fields(Bounds)})
    llm = data.get("llm", {})
    if not isinstance(llm, dict):
        raise TableError(f"{path}: 'llm' must be a table")
    inbox = Table(path, "inbox.", data.get("inbox", {}), {f.name for f in fields(InboxSettings)})
    folder = inbox.get("folder", str)
    parlay = main.get("parlay_include", str)
    executor = main.get("executor", str, "local", allowed=EXECUTORS)
    replay = Table(path, "replay.", data.get("replay", {}), {f.name for f in fields(ReplaySettings)})
    record = replay.get("archive", str)
    kinds = {"evaluations": int, "proposals": int, "minutes": float, "usd": float, "tokens": int}
    return CampaignConfig(
        problem=problem,
        entry_point=main.get("entry_point", str),
        proposer=main.get("proposer", str, "genetic", allowed=PROPOSERS),
        seed=main.get("seed", int, 0),
        workers=main.get("workers", int, 2, positive=True),
        executor=executor,
        sandbox=main.get("sandbox", str, "auto", allowed=SANDBOXES),
        parlay_include=None if parlay is None else str((path.parent / parlay).resolve()),
        seed_from=main.strings("seed_from"),
        repairs=_at_least_zero(main, "repairs", 1),
        founders=_at_least_zero(main, "founders", 0) if "founders" in data["campaign"] else usual.founders,
        bounds=Bounds(**{key: budget.get(key, kind, positive=True) for key, kind in kinds.items()}),
        population=read_population(path, data.get("population", {}), usual.population),
        llm=llm,
        inbox=InboxSettings(
            None if folder is None else str((path.parent / folder).resolve()),
            inbox.get("concurrency", int, InboxSettings().concurrency, positive=True),
        ),
        replay=ReplaySettings(
            replay.get("campaign", str), None if record is None else str((path.parent / record).resolve())
        ),
        ray=_ray_settings(path, data, executor),
    )


def _ray_settings(path: Path, data: Mapping[str, Any], executor: str) -> RaySettings:
    if "ray" in data and executor != "ray":
        raise TableError(f"{path}: [ray] is for 'campaign.executor' = \"ray\", which is {executor!r}")
    table = Table(path, "ray.", data.get("ray", {}), {f.name for f in fields(RaySettings)})
    address = table.get("address", str)
    if address is not None and not is_ray_address(address):
        raise TableError(f"{path}: 'ray.address' is {address!r}; it must be {RAY_ADDRESSES}")
    return RaySettings(address, table.get("wait_minutes", float, RaySettings().wait_minutes, positive=True))


RAY_ADDRESSES = "HOST:PORT, or auto for the cluster this machine is part of"
_RAY_ADDRESS = re.compile(r"auto|([\w.-]+|\[[0-9a-fA-F:]+\]):([1-9]\d{0,4})", re.ASCII)


def is_ray_address(text: str) -> bool:
    """Whether a cluster could be there."""
    match = _RAY_ADDRESS.fullmatch(text)
    return match is not None and int(match[2] or 0) < 1 << 16


def _at_least_zero(table: Table, key: str, default: int) -> int:
    value: int = table.get(key, int, default)
    if value < 0:
        raise TableError(f"{table.path}: '{table.where}{key}' must not be negative, not {value}")
    return value


def campaign_for(problem: str) -> CampaignConfig:
    """The campaign of a problem nobody has said anything of but its reference.

    The one score of a foreign task is no ground for lexicase selection, and its evaluations are few. Kernels take
    seconds each to build and time: their population is small, so that it is full within minutes and those that are
    clearly slower than its middle are told so after a few pairs.
    """
    config = CampaignConfig(problem=problem)
    if problem.startswith(_FOREIGN):
        population = replace(
            config.population, size=50, selection="tournament", tournament=3, crowd=5, validate_top=2, patience=500
        )
        return replace(config, founders=10, population=population)
    if _language(problem) == "cpp":
        return replace(config, population=replace(config.population, size=12, crowd=6, validate_top=3, patience=500))
    return config


def _language(problem: str) -> str:
    """Of a problem's candidates; empty if it cannot be told, which whoever opens the problem will say."""
    from evaluators.registry import UnknownProblemError, describe_problem

    try:
        return describe_problem(problem).language
    except (UnknownProblemError, TableError):
        return ""


def with_default_bounds(config: CampaignConfig) -> CampaignConfig:
    """A campaign with no bound gets a small one rather than running for ever; a task's author may have named it."""
    if not config.bounds.none_given():
        return config
    meant = author_settings(config.problem) if config.problem.startswith(_FOREIGN) else None
    if meant is not None and meant.evaluations is not None:
        return replace(config, bounds=Bounds(evaluations=meant.evaluations))
    if config.proposer in ("llm", "inbox", "replay"):
        return replace(config, bounds=Bounds(evaluations=DEFAULT_LLM_EVALUATIONS))
    return replace(config, bounds=Bounds(minutes=DEFAULT_MINUTES))
