"""A rehearsal: everything is checked and nothing is run or written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evaluators.registry import load_problem
from evolve.archive import Archive
from evolve.campaign.config import CampaignConfig
from evolve.campaign.machine import check_machine
from evolve.campaign.session import entry_of
from evolve.executors.opening import check_executor
from evolve.inbox import folder_beside
from evolve.llm import LLMSettings
from evolve.proposers.registry import check_proposer, estimated_spending, price_of_a_call
from evolve.proposers.seeds import seeds
from sandboxes.pool import SandboxPool, open_pool


@dataclass(frozen=True, slots=True)
class Checked:
    """What campaigns need, found to be there.

    Attributes:
        problem: they work on.
        entry: function to evolve.
        sources: they start from.
        pool: one slot of the sandbox.
    """

    problem: Problem
    entry: EntryPoint
    sources: tuple[Candidate, ...]
    pool: SandboxPool


@contextlib.contextmanager
def checked(configs: Sequence[CampaignConfig], archive: Archive) -> Iterator[Checked]:
    """Check all that starting these campaigns would.

    Args:
        configs: at least one; they differ in proposer, model and budget only.
        archive: where sources to start from may lie; nothing is written to it.

    Raises:
        TableError, UnknownProblemError, SourceError, CampaignError, SandboxUnavailableError: as a real run would.
    """
    first = configs[0]
    problem = load_problem(first.problem)
    entry = entry_of(problem, first.entry_point)
    sources = seeds(first.seed_from, problem.spec, entry, archive)
    check_executor(first)
    for config in configs:
        check_proposer(config, problem, entry, sources, archive)
    with open_pool(first.sandbox, slots=1, **problem.spec.requires.visible) as pool:
        check_machine(problem, pool)
        yield Checked(problem, entry, sources, pool)


def dry_run(config: CampaignConfig, archive: Archive) -> dict[str, Any]:
    """What a campaign would do; arguments and errors are those of :func:`checked`."""
    with checked([config], archive) as found:
        problem, entry, backend = found.problem, found.entry, found.pool.capabilities.backend
    plan: dict[str, Any] = {
        "problem": problem.spec.name,
        "problem_version": problem.spec.version,
        "entry_point": entry.name,
        "signature": entry.signature,
        "proposer": config.proposer,
        "seeds": [candidate.id[:12] for candidate in found.sources],
        "bounds": {key: value for key, value in config.as_json()["bounds"].items() if value is not None},
        "workers": config.workers,
        "executor": config.executor,
        "sandbox": backend,
        "instances": {split: len(problem.instances(split)) for split in ("train", "validation", "test")},
    }
    if config.proposer == "inbox":
        plan["inbox"] = str(folder_beside(archive.path, config.inbox.folder))
    if config.proposer in ("llm", "inbox"):
        from evolve.proposers.llm.rehearsal import rehearse

        table = config.llm if config.proposer == "llm" else {"models": ["inbox"]}
        question = rehearse(problem, entry, found.sources, LLMSettings.from_table(table))
        plan["prompt_tokens"] = question.sections
    if config.proposer == "llm":
        plan["models"] = list(LLMSettings.from_table(config.llm).models)
        plan["worst_case_usd_per_call"] = price_of_a_call(config, problem)
        plan["estimate"] = estimated_spending(config, question.prompt_tokens, question.answer_tokens)
    return plan
