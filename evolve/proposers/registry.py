"""From a campaign's configuration to its proposer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evaluators.candidate import Candidate
from evaluators.declaration import EntryPoint
from evaluators.problem import Problem
from evaluators.tables import TableError
from evolve.archive.database import Archive
from evolve.campaign.config import CampaignConfig
from evolve.proposers.base import Proposer

if TYPE_CHECKING:
    from evolve.inbox import InboxClient
    from evolve.proposers.llm.asked import Asked

ASKING = ("llm", "inbox", "replay")
"""Proposers that ask somebody: they write any language, and what they ask for must be worth the while."""
BRED = ("python", "cpp")
"""Languages of programs the others vary."""


def check_proposer(
    config: CampaignConfig, problem: Problem, entry: EntryPoint, seeds: Sequence[Candidate], archive: Archive
) -> None:
    """Everything that can be wrong with a proposer's settings, found before a campaign is written down.

    Raises:
        TableError, SettingsError, UnknownPriceError, FatalLLMError, InboxError, ArchiveError: one sentence.
    """
    if config.proposer == "llm":
        from evolve.llm import LLMSettings
        from evolve.llm.models import check_models

        check_models(LLMSettings.from_table(config.llm), config.bounds.usd is not None)
    elif config.proposer == "inbox":
        from evolve.inbox import InboxFolder, folder_beside
        from evolve.inbox.client import MODEL
        from evolve.llm import LLMSettings

        LLMSettings.for_inbox(config.llm, MODEL, config.inbox.concurrency)
        InboxFolder(folder_beside(archive.path, config.inbox.folder)).check()
    elif config.proposer == "replay":
        from evolve.replay.answers import check_record

        check_record(config, archive, problem.spec.version)
    elif problem.spec.language not in BRED:
        raise TableError(
            f"{config.problem}: the {config.proposer} proposer writes {' and '.join(BRED)}, and this problem is in "
            f"{problem.spec.language}: use --proposer llm with --model, or --proposer inbox"
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
    from evolve.proposers.llm import LLMProposer

    if config.proposer == "inbox":
        from evolve.inbox import InboxClient, InboxFolder, folder_beside
        from evolve.inbox.client import MODEL
        from evolve.llm import LLMSettings

        concurrency = config.inbox.concurrency
        settings = LLMSettings.for_inbox(config.llm, MODEL, concurrency)
        folder = InboxFolder(folder_beside(archive.path, config.inbox.folder)).open()
        return LLMProposer(InboxClient(folder, archive, campaign_id, concurrency, settings), name="inbox")
    if config.proposer == "replay":
        from evolve.replay.answers import RecordedClient

        return LLMProposer(RecordedClient(config, archive, campaign_id), name="replay")
    from evolve.llm import ArchiveLedger, LLMClient, LLMSettings, usd_to_nusd

    bounds = config.bounds
    client = LLMClient(
        LLMSettings.from_table(config.llm),
        ArchiveLedger(archive, campaign_id),
        None if bounds.usd is None else usd_to_nusd(bounds.usd),
        bounds.tokens,
    )
    return LLMProposer(client)


def _client(proposer: Proposer) -> Asked | None:
    """Whom a proposer asks, if it does; the others are not to pay for its import."""
    if proposer.name not in ASKING:
        return None
    from evolve.proposers.llm import LLMProposer

    return proposer.client if isinstance(proposer, LLMProposer) else None


def _inbox(proposer: Proposer) -> InboxClient | None:
    if proposer.name != "inbox":
        return None
    from evolve.inbox import InboxClient

    client = _client(proposer)
    return client if isinstance(client, InboxClient) else None


def lanes(proposer: Proposer, workers: int) -> int:
    """Children under way at one time, with so many slots in the sandbox."""
    client = _client(proposer)
    if client is None:
        # One lane more than slots: while a child is bred or written down, the sandbox is not left waiting.
        return workers + (workers > 1)
    asked, asking = proposer.name, client.settings.concurrency
    if asked == "replay":
        from evolve.replay.answers import RecordedClient

        assert isinstance(client, RecordedClient)
        asked, workers = client.recorded.proposer, client.recorded.workers  # as many as there were then
    if asked == "inbox":  # a question drawn before it can be put knows nothing of the answers between
        return asking
    # With one of each, a campaign can be repeated: what is asked does not hang on what is judged at the same time.
    return workers + asking if workers + asking > 2 else 1


def calls(proposer: Proposer) -> int | None:
    """Calls that may be under way at one time; None where none are made."""
    client = _client(proposer)
    return None if client is None else client.settings.concurrency


def spending(proposer: Proposer) -> tuple[float, int]:
    """USD and tokens spent by a proposer, all resumes together."""
    if proposer.name != "llm":
        return 0.0, 0
    from evolve.llm import LLMClient

    client = _client(proposer)
    if not isinstance(client, LLMClient):
        return 0.0, 0
    spent = client.budget.spent
    return spent.nusd / 1e9, spent.tokens


def prompt_tokens(proposer: Proposer) -> dict[str, int]:
    """Section of a prompt -> tokens on average of this run's questions, estimated; empty where none were asked."""
    if _client(proposer) is None:
        return {}
    from evolve.proposers.llm import LLMProposer

    return proposer.tally.average_tokens() if isinstance(proposer, LLMProposer) else {}


def waiting(proposer: Proposer) -> str:
    """What waits for an answer in an inbox, and where, for people; empty for other proposers."""
    client = _inbox(proposer)
    if client is None:
        return ""
    open_ones = client.waiting()
    which = f" ({', '.join(f'{number:06d}' for number in open_ones)})" if open_ones else ""
    troubles = "".join(f"; {said}" for said in open_ones.values() if said)
    return f"{len(open_ones)} prompt{'s' * (len(open_ones) != 1)} waiting{which} in {client.folder.path}{troubles}"


def asked_for(proposer: Proposer) -> str:
    """What models or an inbox were asked for lately, for people; empty for other proposers."""
    if proposer.name not in ASKING:
        return ""
    from evolve.proposers.llm import LLMProposer

    return proposer.asked_for() if isinstance(proposer, LLMProposer) else ""


def price_of_a_call(config: CampaignConfig, problem: Problem) -> float | None:
    """USD of one call at its dearest (longest programs in the prompt, longest answer); None if a price is unknown."""
    from evolve.llm import NUSD_PER_USD, LLMSettings
    from evolve.llm.models import Models

    settings = LLMSettings.from_table(config.llm)
    models = Models(settings)
    prompt_tokens = len(problem.spec.statement.encode()) // 2 + problem.spec.source_limit  # a crossover shows two
    prices = [models.price(model) for model in settings.models]
    costs = [
        price.cost_nusd(prompt_tokens, settings.of(model).max_tokens or settings.max_tokens)
        for model, price in zip(settings.models, prices, strict=True)
        if price is not None
    ]
    return max(costs) / NUSD_PER_USD if len(costs) == len(prices) else None


def estimated_spending(config: CampaignConfig, prompt_tokens: int, answer_tokens: int) -> dict[str, float | None]:
    """What a campaign would spend if every call were like its first; None where a price or the number is not known.

    Args:
        config: whose bounds on proposals or evaluations tell how many calls it makes, repairs not counted.
        prompt_tokens: of a question.
        answer_tokens: of an answer.
    """
    from evolve.llm import NUSD_PER_USD, LLMSettings
    from evolve.llm.models import Models

    settings, bounds = LLMSettings.from_table(config.llm), config.bounds
    models = Models(settings)
    prices = [models.price(model) for model in settings.models]
    known = [price.cost_nusd(prompt_tokens, answer_tokens) for price in prices if price is not None]
    each = sum(known) / len(known) / NUSD_PER_USD if len(known) == len(prices) else None
    count = min((n for n in (bounds.proposals, bounds.evaluations) if n is not None), default=None)
    usd = None if each is None or count is None else each * count
    return {
        "calls": count,
        "prompt_tokens": prompt_tokens,
        "answer_tokens": answer_tokens,
        "usd_per_call": each,
        "usd": usd if usd is None or bounds.usd is None else min(usd, bounds.usd),
    }


def stop_calls(proposer: Proposer) -> None:
    """Let calls that have not been sent, and questions that wait for an answer, give up; they can be asked again."""
    client = _client(proposer)
    if client is not None:
        client.stop()


def time_is_up(proposer: Proposer) -> None:
    """Withdraw what waits for an answer without an end: the proposals that asked are over."""
    client = _inbox(proposer)
    if client is not None:
        client.give_up("the time was up before an answer came")


def close_proposer(proposer: Proposer) -> None:
    """Give back what it holds of the machine."""
    if proposer.name in ("inbox", "replay"):
        client: Any = _client(proposer)
        client.close()
