"""A rehearsal: everything is checked and nothing is run or written."""

from __future__ import annotations

from typing import Any

from evaluators.registry import load_problem
from evolve.archive import Archive
from evolve.campaign.config import CampaignConfig
from evolve.campaign.session import check_machine, entry_of
from evolve.inbox import folder_beside
from evolve.proposers.registry import check_proposer, price_of_a_call
from evolve.proposers.seeds import seeds
from sandboxes.pool import open_pool


def dry_run(config: CampaignConfig, archive: Archive) -> dict[str, Any]:
    """What a campaign would do.

    Args:
        config: of the campaign.
        archive: where sources to start from may lie; nothing is written to it.

    Raises:
        TableError, UnknownProblemError, SourceError, CampaignError, SandboxUnavailableError: as a real run would.
    """
    problem = load_problem(config.problem)
    entry = entry_of(problem, config.entry_point)
    sources = seeds(config.seed_from, problem.spec, entry, archive)
    check_proposer(config, problem, entry, sources, archive)
    with open_pool(config.sandbox, slots=1, preload=problem.spec.requires.packages) as pool:
        check_machine(problem, pool)
        backend = pool.capabilities.backend
    plan: dict[str, Any] = {
        "problem": problem.spec.name,
        "problem_version": problem.spec.version,
        "entry_point": entry.name,
        "signature": entry.signature,
        "proposer": config.proposer,
        "seeds": [candidate.id[:12] for candidate in sources],
        "bounds": {key: value for key, value in config.as_json()["bounds"].items() if value is not None},
        "workers": config.workers,
        "sandbox": backend,
        "instances": {split: len(problem.instances(split)) for split in ("train", "validation", "test")},
    }
    if config.proposer == "inbox":
        plan["inbox"] = str(folder_beside(archive.path, config.inbox.folder))
    if config.proposer == "llm":
        plan["models"] = list(config.llm["models"])
        plan["worst_case_usd_per_call"] = price_of_a_call(config, problem)
    return plan
