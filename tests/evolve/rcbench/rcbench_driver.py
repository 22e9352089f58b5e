"""Runs to be killed, forked off one process that has the client's library imported (that takes seconds).

For every line on standard input it forks a run and prints its process id; a run that lives to the end prints ``done``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from evolve.archive import Archive
from evolve.llm import transport
from evolve.rcbench.bench import Bench
from evolve.rcbench.contestants import ModelOptions, model_contestant
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.sets import read_set, store_set

MODEL = "openai/scripted"


def drive(folder: Path, url: str, concurrency: int, batch: bool) -> None:
    options = ModelOptions(base_url=url, concurrency=concurrency, max_tokens=400, batch=batch, timeout_seconds=10.0)
    with Archive(folder / "evolve.db") as archive:
        set_id = store_set(archive, read_set(folder / "set.json"))
        contestant = model_contestant(MODEL, options, Prompts())
        Bench(archive, set_id, [contestant], options, {}, poll_seconds=0.05).run()
    print("done", flush=True)


def main(folder: Path, url: str, concurrency: int, batch: bool) -> None:
    nowhere = transport.endpoint(MODEL, "http://127.0.0.1:9/v1", None)
    with contextlib.suppress(transport.AttemptError):
        asyncio.run(transport.send(nowhere, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "none", 1.0))
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            drive(folder, url, concurrency, batch)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "batch")
