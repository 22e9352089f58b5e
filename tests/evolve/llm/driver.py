"""Drivers to be killed, forked off one process that has the client's library imported (that takes seconds).

For every line on standard input it forks a driver and prints its process id; the driver asks its questions in several
threads and, if it lives to the end, prints answers, calls recovered and spend.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from evolve.archive import Archive
from evolve.llm import ArchiveLedger, Call, LLMClient, LLMSettings, Price, RetryPolicy, transport


def drive(archive: Path, url: str, count: int, threads: int) -> None:
    settings = LLMSettings(
        models=("openai/scripted",),
        base_url=url,
        max_tokens=400,
        concurrency=threads,
        prices={"openai/scripted": Price(Decimal("2.50"), Decimal("10.00"))},
    )
    with Archive(archive) as opened:
        client = LLMClient(settings, ArchiveLedger(opened, "c1"), retry=RetryPolicy(first_seconds=0.01))
        message = {"role": "user", "content": "Improve def priority(p, d, t): please."}
        with ThreadPoolExecutor(threads) as pool:
            questions = [Call(f"c1-{k}", 0, "openai/scripted", (message,), "rewrite", "hash") for k in range(count)]
            answers = list(pool.map(client.complete, questions))
        print(len(answers), client.recovered, client.budget.spent.nusd, flush=True)


def main(archive: Path, url: str, count: int, threads: int) -> None:
    nowhere = transport.endpoint("openai/scripted", "http://127.0.0.1:9/v1", None)
    with contextlib.suppress(transport.AttemptError):
        asyncio.run(transport.send(nowhere, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "none", 1.0))
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            drive(archive, url, count, threads)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
