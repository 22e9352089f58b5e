"""Drivers to be killed: each asks its questions in several threads.

One that lives to the end prints answers, calls recovered and spend.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from evolve.archive import Archive
from evolve.llm import ArchiveLedger, Call, LLMClient, LLMSettings, Price, RetryPolicy
from tests.support.killed_processes import MODEL, fork_drivers


def drive(archive: Path, url: str, count: int, threads: int) -> None:
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
        with ThreadPoolExecutor(threads) as pool:
            questions = [Call(f"c1-{k}", 0, MODEL, (message,), "rewrite", "hash") for k in range(count)]
            answers = list(pool.map(client.complete, questions))
        print(len(answers), client.recovered, client.budget.spent.nusd, flush=True)


if __name__ == "__main__":
    archive, url, count, threads = sys.argv[1:]
    fork_drivers(lambda: drive(Path(archive), url, int(count), int(threads)))
