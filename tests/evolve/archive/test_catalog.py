"""The catalogue: its rows, texts and sums are what there is to list, whoever fills it and in how many steps."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from benchmarks.synthetic_archive import build
from evolve.archive import Archive
from evolve.archive.catalog import BATCH, WIDTHS, catch_up

TABLES = ("catalog", "catalog_tallies", "catalog_arms", "catalog_progress")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalog") / "evolve.db"
    build(path, 2000)
    return path


def emptied(path: Path, folder: Path) -> Path:
    """The same archive with an empty catalogue, as one of an earlier release is after it was brought up to date."""
    copy = folder / "emptied.db"
    shutil.copy(path, copy)
    with sqlite3.connect(copy) as connection:
        for table in ("catalog", "catalog_tallies", "catalog_arms"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT INTO catalog_text (catalog_text) VALUES ('delete-all')")
        connection.execute("UPDATE catalog_progress SET event = 0")
    return copy


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as connection:
        found = {
            table: [
                tuple(round(value, 6) if isinstance(value, float) else value for value in row)
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4" if "_" in table and
                                              table != "catalog_progress" else f"SELECT * FROM {table}")
            ]
            for table in TABLES
        }  # fmt: skip
        found["catalog_text"] = connection.execute(
            "SELECT rowid FROM catalog_text WHERE catalog_text MATCH 'minimum OR slack'"
        ).fetchall()
    return found


def test_it_has_each_proposal_that_is_over_once(path: Path) -> None:
    with Archive(path) as archive:
        rows = archive.rows(
            "SELECT p.id, p.campaign_id, c.problem, coalesce(nullif(p.verdict, ''), p.status) AS verdict, "
            "CASE WHEN e.complete AND p.verdict = 'ok' THEN p.score END AS score FROM proposals p "
            "JOIN campaigns c ON c.id = p.campaign_id LEFT JOIN evaluations e ON e.proposal_id = p.id "
            "AND e.split = 'train' WHERE p.node = 'done' ORDER BY p.id"
        )
        listed = archive.rows(
            "SELECT proposal_id, campaign_id, problem, verdict, score FROM catalog ORDER BY proposal_id"
        )
    assert [tuple(row) for row in listed] == [tuple(row) for row in rows]


def test_generations_are_counted_from_what_has_no_parents(path: Path) -> None:
    with Archive(path) as archive:
        parents: dict[str, list[str]] = {}
        for row in archive.rows("SELECT proposal_id, candidate_id FROM parents"):
            parents.setdefault(row["proposal_id"], []).append(row["candidate_id"])
        rows = archive.rows(
            "SELECT p.id, p.campaign_id, p.candidate_id, p.score, g.generation FROM catalog g "
            "JOIN proposals p ON p.id = g.proposal_id ORDER BY g.number"
        )
    born: dict[tuple[str, str], int] = {}
    for row in rows:
        bred = [born[row["campaign_id"], one] for one in parents.get(row["id"], ())]
        assert row["generation"] == (1 + max(bred) if bred else 0)
        if row["score"] is not None:
            born.setdefault((row["campaign_id"], row["candidate_id"]), row["generation"])
    assert max(row["generation"] for row in rows) > 3


def test_sums_are_what_there_is_to_sum(path: Path) -> None:
    with Archive(path) as archive:
        totals = {row["campaign_id"]: dict(row) for row in archive.rows("SELECT * FROM campaign_totals")}
        for row in archive.rows("SELECT campaign_id, cost_nusd FROM llm_calls WHERE prompt_name = 'distill'"):
            totals[row["campaign_id"]]["cost_nusd"] -= row["cost_nusd"]  # for no proposal
        for width in WIDTHS:
            for row in archive.rows(
                "SELECT campaign_id, sum(proposals) AS proposals, sum(evaluations) AS evaluations, "
                "sum(cost_nusd) AS cost_nusd FROM catalog_tallies WHERE width = ? GROUP BY campaign_id",
                (width,),
            ):
                for column in ("proposals", "evaluations", "cost_nusd"):
                    assert row[column] == totals[row["campaign_id"]][column], column
        for row in archive.rows(
            "SELECT campaign_id, sum(proposals) AS proposals, sum(admitted) AS admitted FROM catalog_arms GROUP BY 1"
        ):
            assert row["proposals"] == totals[row["campaign_id"]]["proposals"]
            (members,) = archive.rows("SELECT count(*) FROM members WHERE campaign_id = ?", (row["campaign_id"],))
            assert row["admitted"] == members[0]


def test_it_is_the_same_in_however_many_steps(path: Path, tmp_path: Path) -> None:
    copy = emptied(path, tmp_path)
    left: list[int] = []
    with Archive(copy) as archive:
        assert catch_up(archive, at_most=1) == BATCH  # a whole transaction, and no more
        assert catch_up(archive, say=left.append) > 1000
        assert catch_up(archive) == 0
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert contents(copy) == contents(path)


def test_who_writes_a_proposal_down_need_not_wait_for_it(path: Path, tmp_path: Path) -> None:
    """What a campaign does beside it, such as migrations, is passed over; a proposal comes in when it is over."""
    copy = tmp_path / "evolve.db"
    shutil.copy(path, copy)
    with Archive(copy) as archive:
        (last,) = archive.rows("SELECT * FROM proposals WHERE status = 'evaluated' ORDER BY rowid DESC LIMIT 1")
        with archive.write() as connection:
            connection.execute(
                "INSERT INTO proposals (id, campaign_id, ordinal, island, node, operator, candidate_id, verdict, "
                "status, score, evaluations, admitted, remark) VALUES ('new', ?, 999999, 2, 'done', 'graft', ?, "
                "'runtime_error', 'evaluated', NULL, 1, 0, 'A zzz of its own.')",
                (last["campaign_id"], last["candidate_id"]),
            )
            connection.execute("INSERT INTO events (campaign_id, kind, at) VALUES ('x', 'migrated', 1)")
        assert catch_up(archive) == 1
        assert archive.row("SELECT 1 FROM catalog WHERE proposal_id = 'new'") is None
        with archive.write() as connection:
            connection.execute(
                "INSERT INTO events (campaign_id, proposal_id, kind, at) VALUES (?, 'new', 'evaluated', 5)",
                (last["campaign_id"],),
            )
        assert catch_up(archive) == 1
        row = archive.row("SELECT * FROM catalog WHERE proposal_id = 'new'")
        assert row is not None
        assert (row["verdict"], row["score"], row["ended_at"]) == ("runtime_error", None, 5)
        found = archive.rows("SELECT rowid FROM catalog_text WHERE catalog_text MATCH 'zzz'")
        assert [one[0] for one in found] == [row["number"]]
