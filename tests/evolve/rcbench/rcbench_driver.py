"""Runs to be killed; one that lives to the end prints ``done``."""

from __future__ import annotations

import sys
from pathlib import Path

from evolve.archive import Archive
from evolve.rcbench.bench import Bench
from evolve.rcbench.contestants import ModelOptions, model_contestant
from evolve.rcbench.prompts import Prompts
from evolve.rcbench.sets import read_set, store_set
from tests.support.killed_processes import MODEL, fork_drivers


def drive(folder: Path, url: str, concurrency: int, batch: bool) -> None:
    options = ModelOptions(base_url=url, concurrency=concurrency, max_tokens=400, batch=batch, timeout_seconds=10.0)
    with Archive(folder / "evolve.db") as archive:
        set_id = store_set(archive, read_set(folder / "set.json"))
        contestant = model_contestant(MODEL, options, Prompts())
        Bench(archive, set_id, [contestant], options, {}, poll_seconds=0.05).run()
    print("done", flush=True)


if __name__ == "__main__":
    folder, url, concurrency, way = sys.argv[1:]
    fork_drivers(lambda: drive(Path(folder), url, int(concurrency), way == "batch"))
