"""Datasette on an archive with our description: names, search, links, facets and the questions that are ready."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette

from benchmarks.synthetic_archive import PROBLEMS, build
from evolve.archive import catalog

DESCRIPTION = Path(catalog.__file__).with_name("datasette.json")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("datasette") / "evolve.db"
    build(path, 300)
    return path


def get(path: Path, *addresses: str) -> list[Any]:
    """What it answers: JSON, or the text of a page."""

    async def ask() -> list[Any]:
        shown = Datasette([str(path)], metadata=json.loads(DESCRIPTION.read_text(encoding="utf-8")))
        await shown.invoke_startup()
        answers = [await shown.client.get(address) for address in addresses]
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        return [answer.json() if ".json" in address else answer.text for answer, address in
                zip(answers, addresses, strict=True)]  # fmt: skip

    return asyncio.run(ask())


def test_it_searches_links_and_counts(path: Path) -> None:
    found, facets, page, database = get(
        path,
        "/evolve/catalog.json?_search=minimum&_shape=objects&_size=5",
        "/evolve/catalog.json?_size=1",
        "/evolve/catalog?campaign_id=c0ffee00",
        "/evolve",
    )
    numbers = [row["number"] for row in found["rows"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 5
    counted = {one["value"]: one["count"] for one in facets["facet_results"]["problem"]["results"]}
    assert counted[PROBLEMS[0]] > 100
    assert {"verdict", "operator", "proposer"} <= set(facets["facet_results"])
    assert 'href="/evolve/campaigns/c0ffee00"' in page  # a foreign key leads there, by its label
    assert f">{PROBLEMS[0]}</a>" in page
    assert "in nano-dollars" in page
    assert "A proposal that is over" in page
    for query in ("operators", "best", "spending", "verdicts"):
        assert f'href="/evolve/{query}"' in database


def test_its_questions_are_answered(path: Path) -> None:
    best, operators, verdicts = get(
        path,
        f"/evolve/best.json?problem={PROBLEMS[0]}&_shape=objects",
        "/evolve/operators.json?campaign=c0ffee00&_shape=objects",
        "/evolve/verdicts.json?campaign=c0ffee00&_shape=objects",
    )
    scores = [row["score"] for row in best["rows"]]
    assert scores == sorted(scores)
    assert sum(row["proposals"] for row in operators["rows"]) == sum(row["proposals"] for row in verdicts["rows"])


def test_it_reads_what_a_campaign_is_writing(path: Path, tmp_path: Path) -> None:
    """Another process has it open for writing, in write-ahead mode."""
    from evolve.archive import Archive

    copy = tmp_path / "evolve.db"
    shutil.copy(path, copy)
    with Archive(copy) as archive, archive.write() as connection:
        connection.execute("UPDATE campaigns SET stop_reason = 'midway'")
        (rows,) = get(copy, "/evolve/campaigns.json?_shape=objects")
    assert {row["stop_reason"] for row in rows["rows"]} != {"midway"}
