"""Paging, filtering, sorting and searching: against plain readings of the tables, and by the plans of the queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.synthetic_archive import PROBLEMS, Landmarks, build, landmarks
from evolve.archive import Archive, browse
from evolve.archive.browse import BrowseError, Listed, Wanted, match_of, page
from evolve.archive.choices import choices
from tests.support.watched import Watched


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browse") / "evolve.db"
    build(path, 3000)
    return path


@pytest.fixture(scope="module")
def where(path: Path) -> Landmarks:
    return landmarks(path)


@pytest.fixture
def archive(path: Path):
    with Archive(path) as archive:
        yield archive


def walked(archive: Archive, wanted: Wanted, limit: int = 100) -> list[Listed]:
    """All pages, one after the other."""
    rows: list[Listed] = []
    after, pages = None, 0
    while True:
        found = page(archive, wanted, after, limit)
        assert len(found.rows) <= limit
        assert found.looked_at <= browse.WINDOW
        rows += found.rows
        if found.after is None:
            return rows
        after, pages = found.after, pages + 1
        assert pages < 1000


LLM, LARGEST = "c0ffee05", "{campaign}"
FILTERS = {
    "all": Wanted(),
    "problem": Wanted(problem=PROBLEMS[1]),
    "campaign": Wanted(campaign=LARGEST),
    "verdict": Wanted(verdict="runtime_error"),
    "ok": Wanted(verdict="ok"),
    "absent verdict": Wanted(verdict="tampering"),
    "duplicates": Wanted(verdict="duplicate"),
    "campaign and verdict": Wanted(campaign=LARGEST, verdict="wrong_answer"),
    "operator": Wanted(operator="tune"),
    "campaign and operator": Wanted(campaign=LARGEST, operator="rewrite"),
    "model": Wanted(model="openai/made-up"),
    "proposer": Wanted(proposer="llm"),
    "generation": Wanted(campaign=LARGEST, generation=3),
    "generation 0": Wanted(generation=0),
    "scores": Wanted(problem=PROBLEMS[0], least=1.0, most=2.5),
    "much": Wanted(problem=PROBLEMS[0], verdict="ok", operator="graft", entry_point="priority", least=1.0),
}
SORTED = {
    "oldest": Wanted(sort="oldest"),
    "lowest": Wanted(problem=PROBLEMS[0], sort="lowest"),
    "highest": Wanted(campaign=LARGEST, sort="highest"),
    "lowest of some": Wanted(campaign=LARGEST, operator="rewrite", least=1.0, most=5.0, sort="lowest"),
    "dearest": Wanted(sort="dearest"),
    "dearest of a campaign": Wanted(campaign=LLM, sort="dearest"),
    "longest": Wanted(campaign=LARGEST, sort="longest"),
    "longest of some": Wanted(campaign=LARGEST, verdict="ok", sort="longest"),
}
KEYS: dict[str, Callable[[Listed], tuple[float, int]]] = {
    "newest": lambda row: (-row.number, 0),
    "oldest": lambda row: (row.number, 0),
    "lowest": lambda row: (row.score or 0.0, row.number),
    "highest": lambda row: (-(row.score or 0.0), -row.number),
    "dearest": lambda row: (-row.usd, -row.number),
    "longest": lambda row: (-(row.cpu_seconds or 0.0), -row.number),
}


def fits(row: Listed, wanted: Wanted) -> bool:
    """The plain reading of what is asked for."""
    names = ("problem", "campaign", "verdict", "entry_point", "proposer", "operator", "model", "generation")
    given = [(getattr(wanted, name), getattr(row, name)) for name in names]
    scored = wanted.least is not None or wanted.most is not None or wanted.sort in ("lowest", "highest")
    score = row.score if row.complete else None
    return (
        all(want is None or want == has for want, has in given)
        and (not scored or (score is not None and (wanted.least is None or score >= wanted.least)))
        and (wanted.most is None or (score is not None and score <= wanted.most))
        and (wanted.sort != "dearest" or row.usd > 0)
        and (wanted.sort != "longest" or row.cpu_seconds is not None)
    )


@pytest.fixture(scope="module")
def everything(path: Path) -> list[Listed]:
    with Archive(path) as archive:
        rows = archive.rows("SELECT number FROM catalog ORDER BY number")
        found = walked(archive, Wanted())
    assert [one.number for one in found] == [row["number"] for row in rows][::-1]
    return found


@pytest.mark.parametrize("name", [*FILTERS, *SORTED])
def test_pages_are_all_that_fits_in_order(
    name: str, archive: Archive, where: Landmarks, everything: list[Listed]
) -> None:
    wanted = {**FILTERS, **SORTED}[name]
    if wanted.campaign == LARGEST:
        wanted = replace(wanted, campaign=where.campaign)
    expected = sorted((row for row in everything if fits(row, wanted)), key=KEYS[wanted.sort])
    assert [row.number for row in walked(archive, wanted)] == [row.number for row in expected]
    assert expected or "absent" in name


def test_pages_are_short_rather_than_slow(
    archive: Archive, everything: list[Listed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "WINDOW", 60)
    monkeypatch.setattr(browse, "_FIRST", 10)
    wanted = Wanted(operator="tune", verdict="ok", problem=PROBLEMS[1])
    expected = [row for row in everything if fits(row, wanted)]
    assert expected
    assert [row.number for row in walked(archive, wanted, limit=20)] == [row.number for row in expected]
    first = page(archive, Wanted(problem=PROBLEMS[0], proposer="nobody"))
    assert (first.rows, first.looked_at) == ((), 60)
    assert first.after is not None


def test_a_row_tells_what_is_on_record(archive: Archive, where: Landmarks) -> None:
    row = page(archive, Wanted(campaign=LLM, verdict="ok"), limit=1).rows[0]
    proposal = archive.row("SELECT * FROM proposals WHERE id = ?", (row.proposal,))
    assert proposal is not None
    assert (row.candidate, row.ordinal, row.score) == (
        proposal["candidate_id"], proposal["ordinal"], proposal["score"],
    )  # fmt: skip
    assert (row.operator, row.model, row.proposer, row.language) == ("rewrite", "openai/made-up", "llm", "python")
    assert row.usd > 0
    assert row.cpu_seconds
    assert browse.of_proposal(archive, row.proposal) == row
    assert browse.of_proposal(archive, "nobody") is None
    assert row.as_json()["candidate"] == row.candidate


SEARCHES = {
    "np.minimum": lambda source, remark: "np.minimum" in source,
    "c0ffee00": lambda source, remark: "c0ffee00" in source,
    '"long jobs"': lambda source, remark: "long jobs" in remark,
    "wei*": lambda source, remark: "weigh" in remark.casefold(),
    "minimum -ties": lambda source, remark: "ties" not in remark and "minimum" in source,
    "SLACK np": lambda source, remark: "slack" in remark.casefold() and "np" in source,
    "nowhere_to_be_found": lambda source, remark: False,
}


@pytest.mark.parametrize("search", SEARCHES)
def test_search_finds_what_a_look_at_all_texts_finds(search: str, archive: Archive) -> None:
    rows = archive.rows(
        "SELECT g.number, d.files, g.verdict, p.remark FROM catalog g JOIN proposals p ON p.id = g.proposal_id "
        "JOIN candidates d ON d.id = p.candidate_id ORDER BY g.number DESC"
    )
    expected = [
        row["number"]
        for row in rows
        if SEARCHES[search](row["files"] if row["verdict"] != "duplicate" else "", row["remark"] or "")
    ]
    found = walked(archive, Wanted(search=search))
    assert [row.number for row in found] == expected
    # Where a program has the words, the line with them is told.
    assert all(row.excerpt for row in found if "minimum" in search and row.verdict != "duplicate")
    backwards = walked(archive, Wanted(search=search, sort="oldest"))
    assert [row.number for row in backwards] == expected[::-1]


def test_search_among_what_is_filtered(archive: Archive, everything: list[Listed]) -> None:
    wanted = Wanted(search="minimum", verdict="runtime_error", problem=PROBLEMS[0])
    expected = [row.number for row in everything if fits(row, replace(wanted, search=None))]
    assert [row.number for row in walked(archive, wanted, limit=7)] == expected


@pytest.mark.parametrize(
    "typed",
    [
        '"',
        'a" OR b',
        "NEAR(a b)",
        "source: x",
        "a AND",
        "^x",
        "(",
        "a*b",
        "\0x",
        "{source remark}: y",
        "-a b",
        "x" * 5000,
    ],
)
def test_whatever_is_typed_is_words(typed: str, archive: Archive) -> None:
    try:
        page(archive, Wanted(search=typed))
    except BrowseError as error:
        assert "needs a word" in str(error)


def test_words_become_an_expression_of_phrases() -> None:
    assert match_of('np.minimum "long jobs" wei* -ties') == '"np.minimum" AND "long jobs" AND "wei"* NOT "ties"'


@pytest.mark.parametrize(
    ("wanted", "after", "said"),
    [
        (Wanted(sort="prettiest"), None, "sort is 'prettiest'; allowed: newest"),
        (Wanted(verdict="fine"), None, "verdict is 'fine'; allowed: ok"),
        (Wanted(sort="lowest"), None, "needs a problem or a campaign"),
        (Wanted(sort="longest", problem="x"), None, "needs a campaign"),
        (Wanted(sort="lowest", problem="x", search="y"), None, "with search allowed: newest, oldest"),
        (Wanted(search=" + "), None, "needs a word"),
        (Wanted(search="np w*"), None, "search has 'w*'; a beginning has two letters or more"),
        (Wanted(), "1.5:3", "after is '1.5:3'"),
        (Wanted(), "x", "after is 'x'"),
        (Wanted(), "9" * 30, "after is '999"),
        (Wanted(sort="lowest", problem="x"), "7", "after is '7'"),
        (Wanted(sort="lowest", problem="x"), "nan:7", "after is 'nan:7'"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(
    wanted: Wanted, after: str | None, said: str, archive: Archive
) -> None:
    with pytest.raises(BrowseError, match=re.escape(said)):
        page(archive, wanted, after)


def test_choices_are_what_there_is(archive: Archive, where: Landmarks) -> None:
    found = choices(archive)
    assert found.problems == (PROBLEMS[1], PROBLEMS[0])
    assert where.campaign in found.campaigns
    assert "openai/made-up" in found.models
    assert {"rewrite", "tune"} <= set(found.operators)


@pytest.mark.parametrize("name", [*FILTERS, *SORTED, "search", "search among"])
def test_no_page_looks_through_a_table(
    name: str, path: Path, where: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"search": Wanted(search="minimum"), "search among": Wanted(search="minimum", verdict="tampering")}
    wanted = {**FILTERS, **SORTED, **more}[name]
    if wanted.campaign == LARGEST:
        wanted = replace(wanted, campaign=where.campaign)
    watched = Watched(monkeypatch)
    with Archive(path) as archive:
        first = page(archive, wanted)
        if first.after is not None:
            page(archive, wanted, first.after)
    assert watched.scans(path) == []
    assert not any("TEMP B-TREE" in step for step in watched.plans(path)), watched.plans(path)
