"""`evolve archive list` page by page, with search; curves, colours and a pager on a terminal."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import Finished, Ran, command, on_a_terminal

from benchmarks.synthetic_archive import PROBLEMS, Landmarks, build, landmarks
from evaluators.candidate import Candidate
from evolve.archive import Archive
from evolve.archive.records import put_candidate

Evolve = Callable[..., Ran]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browsing") / "evolve.db"
    build(path, 600)
    return path


@pytest.fixture(scope="module")
def where(path: Path) -> Landmarks:
    return landmarks(path)


@pytest.fixture
def listed(evolve: Evolve, path: Path) -> Evolve:
    """Runs `evolve archive list` on it."""

    def run(*arguments: str) -> Ran:
        ran = evolve("archive", "list", *arguments, "--archive", str(path))
        assert (ran.code, ran.err) == (0, "")
        return ran

    return run


def test_pages_follow_one_another(listed: Evolve, path: Path) -> None:
    arguments = ("--sort", "lowest", "--problem", PROBLEMS[0], "--limit", "100", "--json")
    page = listed(*arguments).document()
    rows = page["rows"]
    while page["after"]:
        page = listed(*arguments, "--after", page["after"]).document()
        rows += page["rows"]
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores)
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM evaluations WHERE problem = ? AND split = 'train' AND complete AND verdict = 'ok'",
            (PROBLEMS[0],),
        ).fetchone()
    assert len(rows) == count


def test_a_page_says_where_the_next_begins(listed: Evolve) -> None:
    shown = listed("--sort", "oldest", "--limit", "3").out
    (after,) = re.findall(r"more: --after (\S+)", shown)
    first = {row["candidate"][:12] for row in listed("--sort", "oldest", "--limit", "3", "--json").document()["rows"]}
    assert all(id in shown for id in first)
    following = listed("--sort", "oldest", "--after", after, "--limit", "3", "--json").document()["rows"]
    assert not first & {row["candidate"][:12] for row in following}


def test_insights_are_found_beside_proposals_and_alone(listed: Evolve, path: Path, evolve: Evolve) -> None:
    with sqlite3.connect(path) as connection:
        (campaign, problem) = connection.execute("SELECT id, problem FROM campaigns ORDER BY id").fetchone()
        connection.execute(
            "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, model, state, answer, "
            "cost_nusd) VALUES ('i', 1, ?, ?, 0, 'a/b', 'answered', ?, 0)",
            (
                campaign,
                f"{campaign}-insights-000003",
                "Learnt:\n- np.minimum with \x1b[31m zebras wins.\n- So do ties.",
            ),
        )
    connection.close()
    shown = listed("--search", "zebras").out
    assert "insights that say so" in shown
    assert f"{campaign} np.minimum with " in shown and "\x1b" not in shown
    assert "insights" not in listed("--search", "np.minimum", "--verdict", "ok").out
    alone = listed("--insights", "--search", "zebras", "--problem", problem).out
    assert f"{problem}, campaign {campaign}, summary 3 by a/b" in alone and "So do ties." in alone
    page = listed("--insights", "--limit", "1", "--json").document()
    assert (page["rows"][0]["campaign"], page["before"]) == (campaign, None)
    assert (
        listed("--insights", "--campaign", campaign, "--after", str(page["rows"][0]["number"])).out == "nothing there\n"
    )
    refused = evolve("archive", "list", "--insights", "--verdict", "ok", "--archive", str(path))
    assert refused.code == 2
    assert "--insights takes --search" in refused.err


def test_search_shows_the_line_it_found(listed: Evolve) -> None:
    shown = listed("--search", "np.minimum c0ffee0*", "--verdict", "ok", "--limit", "5").out
    assert shown.count("c0ffee0") >= 5
    assert max(map(len, shown.splitlines())) <= 100
    assert listed("--search", "nowhere_to_be_found").out == "nothing there\n"
    found = listed("--operator", "tune", "--generation", "2", "--json").document()["rows"]
    assert {(row["operator"], row["generation"]) for row in found} == {("tune", 2)}


def test_campaigns_have_their_curves(
    listed: Evolve, evolve: Evolve, path: Path, where: Landmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "best so far" not in listed().out  # there is no room for them
    monkeypatch.setenv("COLUMNS", "120")
    shown = listed().out
    assert "best so far" in shown
    assert re.search("[▁▂▃▄▅▆▇█]{6,}", shown)
    assert "best so far" not in listed("--json").out
    report = evolve("archive", "show", where.campaign, "--archive", str(path))
    assert "best so far on train" in report.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sort", "prettiest"), "sort is 'prettiest'; allowed: newest"),
        (("--sort", "lowest"), "needs a problem or a campaign"),
        (("--search", "+"), "needs a word to be found"),
        (("--after", "zzz"), "after is 'zzz'"),
        (("--search", "x", "--verdict", "fine"), "verdict is 'fine'"),
        (("--search", "x", "--limit", "9999"), "limit is 9999; allowed: 1 to 500"),
        (("--comparisons", "--search", "x"), "--comparisons lists no candidates"),
        (("--campaign", "zzz", "--sort", "oldest"), "no campaign's id starts with 'zzz'"),
    ],
)
def test_what_cannot_be_listed_is_said(arguments: tuple[str, ...], said: str, evolve: Evolve, path: Path) -> None:
    ran = evolve("archive", "list", *arguments, "--archive", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_an_archive_without_a_catalogue_gets_one(evolve: Evolve, path: Path, tmp_path: Path) -> None:
    """As one of an earlier release has none."""
    copy = tmp_path / "earlier.db"
    copy.write_bytes(path.read_bytes())
    with sqlite3.connect(copy) as connection:
        for table in ("catalog", "catalog_tallies", "catalog_arms"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT INTO catalog_text (catalog_text) VALUES ('delete-all')")
        connection.execute("UPDATE catalog_progress SET event = 0")
    search = ("archive", "list", "--search", "minimum", "--json", "--archive")
    assert evolve(*search, str(copy)).document() == evolve(*search, str(path)).document()


def test_a_campaign_lists_what_it_proposes_itself(finished: Finished) -> None:
    """Nothing was asked for lists before."""
    with sqlite3.connect(f"{finished.archive.as_uri()}?mode=ro", uri=True) as connection:
        listed = connection.execute(
            "SELECT p.candidate_id, p.ordinal FROM catalog g JOIN proposals p ON p.id = g.proposal_id"
        ).fetchall()
        (text,) = connection.execute("SELECT count(*) FROM catalog_text WHERE catalog_text MATCH 'def'").fetchone()
    assert sum(ordinal > 0 for _, ordinal in listed) == finished.document["counts"]["proposals"]
    assert finished.document["winner"]["candidate"] in {candidate for candidate, _ in listed}
    assert text > 0


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[str, str]:
    """Two long programs with escape sequences, in an archive of their own; their ids."""
    lines = "".join(f"# line {k} \x1b]0;owned\x07\x9b2J\u202e\n" for k in range(100))
    candidates = [Candidate.of_text(f"{lines}def priority(): return {k}\n", "candidate.py", "python") for k in range(2)]
    with Archive(tmp_path / "evolve.db") as archive, archive.write() as connection:
        for candidate in candidates:
            put_candidate(connection, candidate, "")
    return candidates[0].id[:12], candidates[1].id[:12]


OBEYED = ("\x1b]", "\x07", "\x9b", "\u202e")


def test_what_is_long_goes_through_a_pager(
    hostile: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    shown = on_a_terminal(*command("archive", "show", hostile[0]), cwd=tmp_path)
    lines = shown.splitlines()
    assert len(lines) > 100
    assert all(line.startswith("paged:") for line in lines)
    assert "\x1b" not in shown  # who knows what this pager does with colours
    assert not any(word in shown for word in OBEYED)


def test_what_is_short_is_printed_in_colours(
    hostile: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    shown = on_a_terminal(*command("archive", "diff", *hostile), cwd=tmp_path)
    assert "paged:" not in shown
    assert "\x1b[32m+def priority(): return 1" in shown.replace("\x1b[0m", "")
    assert not any(word in shown for word in OBEYED)


def test_no_pager_is_waited_for_elsewhere(evolve: Evolve, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "false")
    shown = evolve("archive", "list", "--problem", PROBLEMS[0], "--limit", "200", "--archive", str(path))
    assert len(shown.out.splitlines()) > 200


def test_datasette_is_told_what_the_tables_are(evolve: Evolve, path: Path) -> None:
    told = Path(evolve("archive", "metadata").out.strip())
    (described,) = json.loads(told.read_text(encoding="utf-8"))["databases"].values()
    with sqlite3.connect(path) as connection:
        columns: dict[str, set[str]] = {}
        for table, column in connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
            "AND m.name NOT LIKE 'catalog_text_%' AND m.name NOT LIKE 'insights_%' AND m.name NOT LIKE 'sqlite_%'"
        ):
            columns.setdefault(table, set()).add(column)
        assert set(described["tables"]) == set(columns)
        for table, said in described["tables"].items():
            named = {*said.get("columns", ()), *said.get("facets", ())}
            named |= {said[key] for key in ("label_column", "sort_desc", "fts_pk") if key in said}
            assert named <= columns[table], table
        for query in described["queries"].values():
            plan = connection.execute(f"EXPLAIN QUERY PLAN {query['sql']}", {"campaign": "c", "problem": "p"})
            assert plan.fetchall()
