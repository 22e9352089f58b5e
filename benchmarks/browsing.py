"""What it costs to browse an archive of a million candidates, and what keeping its catalogue costs who writes to it.

Makes an archive (or takes the one that is there) and prints:

- milliseconds of each question behind pages and JSON, the median of some, the arguments drawn anew each time;
- of each page and each answer under /api, as the server makes it: median, 99th percentile, bytes as they are sent;
- microseconds of a proposal in the catalogue, written in batches as campaigns do, and what its parts cost.

    python benchmarks/browsing.py [--candidates N] [--out FILE] [--requests N]

A file that is there is measured as it is; without ``--out`` it is removed afterwards.
"""

from __future__ import annotations

import argparse
import gzip
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parent))

from synthetic_archive import PROBLEMS, Landmarks, build, landmarks

from evolve.archive import Archive
from evolve.archive.asking import calls
from evolve.archive.browse import Wanted, page
from evolve.archive.catalog import catch_up
from evolve.archive.cells import cells
from evolve.archive.choices import choices
from evolve.archive.family import family
from evolve.archive.standing import standings
from evolve.archive.sums import course

PAGES = 5  # one after the other, of each list
REPEATS = 15
WORDS = ("np.minimum", "slack", '"long jobs"', "c0ffee0*", "minimum -ties", "nowhere_to_be_found", "np return")
LATEST = 5000  # proposals taken out of a copy's catalogue and put into it again


def main(candidates: int, path: Path, requests: int) -> None:
    """Make and measure."""
    if not path.exists():
        started = time.process_time()
        build(path, candidates)
        print(f"made with {time.process_time() - started:.0f} s of processor time")
    print(f"{path.stat().st_size / 1e9:.2f} GB")
    where = landmarks(path)
    drawn = _drawn(path)
    _questions(path, where, drawn)
    _pages(path, where, drawn, requests)
    _writing(path)


def _drawn(path: Path) -> list[tuple[str, str, str]]:
    """Proposals from all over the archive: id, candidate, campaign."""
    rng = random.Random(0)
    with Archive(path) as archive:
        (last,) = archive.rows("SELECT max(number) FROM catalog")
        rows = [
            archive.row(
                "SELECT p.id, p.candidate_id, p.campaign_id FROM catalog g CROSS JOIN proposals p "
                "ON p.id = g.proposal_id WHERE g.number >= ? AND p.candidate_id IS NOT NULL ORDER BY g.number LIMIT 1",
                (rng.randrange(last[0]),),
            )
            for _ in range(200)
        ]
    return [tuple(row) for row in rows if row is not None]


def _lists(where: Landmarks) -> dict[str, Wanted]:
    problem, campaign = PROBLEMS[0], where.campaign
    return {
        "newest": Wanted(),
        "oldest": Wanted(sort="oldest"),
        "of a problem": Wanted(problem=problem),
        "of the largest campaign": Wanted(campaign=campaign),
        "a verdict": Wanted(verdict="time_limit"),
        "an absent verdict": Wanted(verdict="tampering"),
        "a campaign's verdict": Wanted(campaign=campaign, verdict="wrong_answer"),
        "an operator": Wanted(operator="tune"),
        "an operator of a campaign": Wanted(campaign=campaign, operator="graft"),
        "a model": Wanted(model="openai/made-up"),
        "a proposer": Wanted(proposer="llm"),
        "a generation": Wanted(campaign=campaign, generation=40),
        "a generation, anywhere": Wanted(generation=3),
        "scores within bounds": Wanted(problem=problem, least=2.0, most=2.1),
        "lowest of a problem": Wanted(problem=problem, sort="lowest"),
        "highest of a campaign": Wanted(campaign=campaign, sort="highest"),
        "lowest of an operator": Wanted(campaign=campaign, operator="tune", sort="lowest"),
        "dearest": Wanted(sort="dearest"),
        "longest": Wanted(campaign=campaign, sort="longest"),
        **{f"search {word}": Wanted(search=word) for word in WORDS},
        "search in a campaign": Wanted(search="np.minimum", campaign="c0ffee03"),
        "search, absent verdict": Wanted(search="np.minimum", verdict="tampering"),
    }


def _questions(path: Path, where: Landmarks, drawn: list[tuple[str, str, str]]) -> None:
    print("questions, milliseconds (first, median, longest), rows looked at on the first page:")
    with Archive(path) as archive:
        for name, wanted in _lists(where).items():
            after, spent, looked = None, [], []
            for _ in range(PAGES):
                started = time.perf_counter()
                found = page(archive, wanted, after)
                spent.append(1e3 * (time.perf_counter() - started))
                looked.append(found.looked_at)
                after = found.after
                if after is None:
                    break
            _say(name, spent, f"{looked[0]:8d}")
        asked: dict[str, Callable[[tuple[str, str, str]], Any]] = {
            "choices": lambda one: choices(archive),
            "course of the largest campaign": lambda one: course(archive, where.campaign),
            "course": lambda one: course(archive, one[2]),
            "cells": lambda one: cells(archive, where.campaign),
            "family": lambda one: family(archive, one[1]),
            "family of one proposed most often": lambda one: family(archive, where.popular),
            "standings": lambda one: standings(archive, one[1]),
            "calls": lambda one: calls(archive, one[0]),
        }
        for name, ask in asked.items():
            spent = []
            for one in drawn[:REPEATS]:
                started = time.perf_counter()
                ask(one)
                spent.append(1e3 * (time.perf_counter() - started))
            _say(name, spent, "")


def _say(name: str, spent: list[float], more: str) -> None:
    print(f"    {name:36s} {spent[0]:8.1f} {statistics.median(spent):8.1f} {max(spent):8.1f} {more}")


def _addresses(where: Landmarks) -> dict[str, Callable[[tuple[str, str, str]], str]]:
    """A page's name -> its address about a proposal that was drawn."""
    return {
        "/": lambda one: "/",
        "/campaigns/LARGEST": lambda one: f"/campaigns/{where.campaign}",
        "/campaigns/ID": lambda one: f"/campaigns/{one[2]}",
        "/campaigns/LARGEST/map": lambda one: f"/campaigns/{where.campaign}/map",
        "/comparisons/ID": lambda one: f"/comparisons/{where.comparison}",
        "/candidates": lambda one: "/candidates",
        "/candidates?campaign=ID": lambda one: f"/candidates?campaign={one[2]}",
        "/candidates?problem&sort=lowest": lambda one: f"/candidates?problem={quote(PROBLEMS[0])}&sort=lowest",
        "/candidates?search=WORD": lambda one: f"/candidates?search={quote(WORDS[len(one[1]) % 5])}",
        "/candidates?search=c0ffee0*": lambda one: f"/candidates?search={quote('c0ffee0*')}",
        "/insights?search=WORD": lambda one: f"/insights?search={quote(WORDS[len(one[1]) % 5])}",
        "/candidates/ID": lambda one: f"/candidates/{one[1]}",
        "/candidates/ID/family": lambda one: f"/candidates/{one[1]}/family",
        "/diff": lambda one: f"/diff?one={one[1]}&other={where.popular}",
        "/api/candidates": lambda one: "/api/candidates",
        "/api/candidates/ID": lambda one: f"/api/candidates/{one[1]}",
        "/api/candidates/ID/standings": lambda one: f"/api/candidates/{one[1]}/standings",
        "/api/campaigns/LARGEST/course": lambda one: f"/api/campaigns/{where.campaign}/course",
    }


def _pages(path: Path, where: Landmarks, drawn: list[tuple[str, str, str]], requests: int) -> None:
    from starlette.testclient import TestClient

    from evolve.web.app import make_app

    client = TestClient(make_app(path), base_url="http://localhost", headers={"accept-encoding": "identity"})
    client.get("/")  # templates are read once
    print(f"pages, milliseconds of {requests} requests (first, median, 99th percentile), kB, and kB compressed:")
    for name, address in _addresses(where).items():
        spent, sizes, packed = [], [], []
        for k in range(requests):
            at = address(drawn[k % len(drawn)])
            started = time.perf_counter()
            answer = client.get(at)
            spent.append(1e3 * (time.perf_counter() - started))
            if answer.status_code != 200:
                print(f"    {at}: {answer.status_code} {answer.text[:200]}")
            sizes.append(len(answer.content))
            packed.append(len(gzip.compress(answer.content, 1)))
        first, spent = spent[0], sorted(spent)
        p99 = spent[min(len(spent) - 1, int(0.99 * len(spent)))]
        print(
            f"    {name:36s} {first:8.1f} {statistics.median(spent):8.1f} {p99:8.1f} {max(sizes) / 1e3:8.1f} "
            f"{max(packed) / 1e3:8.1f}"
        )


def _writing(path: Path) -> None:
    """On a copy, whose indexes are as large: the latest proposals are taken in again, as campaigns do it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / "evolve.db"
        shutil.copy(path, copy)
        with sqlite3.connect(copy) as connection:
            (since,) = connection.execute(
                "SELECT number FROM catalog ORDER BY number DESC LIMIT 1 OFFSET ?", (LATEST,)
            ).fetchone()
            connection.execute("DELETE FROM catalog WHERE number > ?", (since,))
            connection.execute("UPDATE catalog_progress SET event = ?", (since,))
        connection.close()
        for rows in (120, 250, 500):
            with Archive(copy) as archive:
                before, started = time.process_time(), time.perf_counter()
                taken = 0
                longest = 0.0
                while taken < LATEST // 4:
                    moment = time.perf_counter()
                    looked = catch_up(archive, at_most=rows)
                    longest = max(longest, time.perf_counter() - moment)
                    if not looked:
                        break
                    taken += looked
                each = 1e6 * (time.process_time() - before) / max(taken, 1)
                print(
                    f"catalogue: {each:.0f} microseconds of processor time an event ({taken} taken, up to {rows} at a "
                    f"time, {1e6 * (time.perf_counter() - started) / max(taken, 1):.0f} elapsed, "
                    f"{1e3 * longest:.0f} ms the longest)"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--requests", type=int, default=100)
    given = parser.parse_args()
    if given.out:
        main(given.candidates, given.out, given.requests)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(given.candidates, Path(folder) / "large.db", given.requests)
