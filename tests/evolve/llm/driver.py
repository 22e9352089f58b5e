"""Drivers to be killed: each asks its questions in several threads, or has summaries made between them.

One that lives to the end prints answers, calls recovered and spend.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from evolve.archive import Archive
from evolve.llm import ArchiveLedger, Call, LLMClient, LLMSettings, Price, RetryPolicy
from evolve.proposers.llm.insights import Summaries
from tests.support.killed_processes import MODEL, fork_drivers


def drive(archive: Path, url: str, count: int, threads: int, what: str) -> None:
    settings = LLMSettings(
        models=(MODEL,),
        base_url=url,
        max_tokens=400,
        concurrency=threads,
        prices={MODEL: Price(Decimal("2.50"), Decimal("10.00"))},
    )
    with Archive(archive) as opened:
        client = LLMClient(settings, ArchiveLedger(opened, "c1"), retry=RetryPolicy(first_seconds=0.01))
        message = {"role": "user", "content": "Improve def priority(p, d, t): please."}
        summaries = Summaries(client, 1)

        def question(proposal_id: str) -> Call:
            return Call(proposal_id, 0, MODEL, (message,), "rewrite", "hash")

        def ask(k: int) -> object:
            if what == "questions":
                return client.complete(question(f"c1-{k}"))
            return summaries.text("c1", k + 2, lambda proposal_id, before: question(proposal_id))

        with ThreadPoolExecutor(threads) as pool:
            answers = list(pool.map(ask, range(count)))
        print(len(answers), client.recovered, client.budget.spent.nusd, flush=True)


if __name__ == "__main__":
    archive, url, count, threads, what = sys.argv[1:]
    fork_drivers(lambda: drive(Path(archive), url, int(count), int(threads), what))
