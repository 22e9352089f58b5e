"""From a campaign's configuration to its proposer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaluators.candidate import Candidate
from evaluators.problem import EntryPoint, Problem
from evaluators.tables import TableError
from evolve.archive.database import Archive
from evolve.campaign.config import CampaignConfig
from evolve.proposers.base import Proposer

if TYPE_CHECKING:
    from evolve.llm import LLMClient


def check_proposer(config: CampaignConfig, problem: Problem, entry: EntryPoint, seeds: Sequence[Candidate]) -> None:
    """Everything that can be wrong with a proposer's settings, found before a campaign is written down.

    Raises:
        TableError, SettingsError, UnknownPriceError, FatalLLMError: one sentence.
    """
    if config.proposer == "llm":
        from evolve.llm import LLMSettings
        from evolve.llm.models import check_models

        check_models(LLMSettings.from_table(config.llm), config.bounds.usd is not None)
    elif problem.spec.language != "python":
        raise TableError(
            f"{config.problem}: the {config.proposer} proposer writes Python, and this problem is in "
            f"{problem.spec.language}: use --proposer llm with --model"
        )
    elif not seeds and not (entry.elementwise and entry.terminals):
        raise TableError(
            f"{config.problem}: the {config.proposer} proposer needs a source to start from for entry point "
            f"{entry.name!r}: name one with --seed-from"
        )


def make_proposer(
    config: CampaignConfig,
    problem: Problem,
    entry: EntryPoint,
    seeds: Sequence[Candidate],
    archive: Archive,
    campaign_id: str,
) -> Proposer:
    """The proposer of a campaign. Calls to models left open by an earlier run become in doubt here."""
    sources = [seed.text(entry.file) for seed in seeds]
    if config.proposer == "genetic":
        from evolve.proposers.genetic.proposer import GeneticProposer
        from evolve.proposers.genetic.settings import Settings

        return GeneticProposer(problem, entry, sources, Settings(founders=config.founders))
    if config.proposer == "random":
        from evolve.proposers.random import RandomProposer

        return RandomProposer(problem, entry, sources)
    from evolve.llm import ArchiveLedger, LLMClient, LLMSettings, usd_to_nusd
    from evolve.proposers.llm import LLMProposer

    bounds = config.bounds
    client = LLMClient(
        LLMSettings.from_table(config.llm),
        ArchiveLedger(archive, campaign_id),
        None if bounds.usd is None else usd_to_nusd(bounds.usd),
        bounds.tokens,
    )
    return LLMProposer(client)


def _client(proposer: Proposer) -> LLMClient | None:
    """The model client of a proposer that has one; the others are not to pay for its import."""
    if proposer.name != "llm":
        return None
    from evolve.proposers.llm import LLMProposer

    return proposer.client if isinstance(proposer, LLMProposer) else None


def concurrency(proposer: Proposer) -> int:
    """Children a proposer can work at at one time beyond the sandbox's own width: calls in flight, or 0."""
    client = _client(proposer)
    return client.settings.concurrency if client is not None else 0


def spending(proposer: Proposer) -> tuple[float, int]:
    """USD and tokens spent by a proposer, all resumes together."""
    client = _client(proposer)
    if client is None:
        return 0.0, 0
    spent = client.budget.spent
    return spent.nusd / 1e9, spent.tokens


def price_of_a_call(config: CampaignConfig, problem: Problem) -> float | None:
    """USD of one call at its dearest (longest program in the prompt, longest answer); None if a price is unknown."""
    from evolve.llm import NUSD_PER_USD, LLMSettings
    from evolve.llm.models import Models

    settings = LLMSettings.from_table(config.llm)
    models = Models(settings)
    prompt_tokens = (len(problem.spec.statement.encode()) + problem.spec.source_limit) // 2
    prices = [models.price(model) for model in settings.models]
    costs = [price.cost_nusd(prompt_tokens, settings.max_tokens) for price in prices if price is not None]
    return max(costs) / NUSD_PER_USD if len(costs) == len(prices) else None


def stop_calls(proposer: Proposer) -> None:
    """Let calls that have not been sent give up."""
    client = _client(proposer)
    if client is not None:
        client.stop()
