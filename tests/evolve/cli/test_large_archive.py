"""An archive of twenty thousand candidates: no verb, nor the start of a campaign, looks through what grows with it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_running import Ran

from benchmarks.synthetic_archive import POPULATION, PROBLEMS, Landmarks, build, landmarks
from evolve.archive import Archive, queries
from evolve.archive.verify import verify
from evolve.campaign.history import CampaignHistory
from evolve.llm import ArchiveLedger
from tests.support.watched import Watched

CANDIDATES = 20_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "evolve.db"
    build(path, CANDIDATES)
    return path


@pytest.fixture(scope="module")
def where(large: Path) -> Landmarks:
    return landmarks(large)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_what_is_made_is_whole(large: Path) -> None:
    with Archive(large) as archive:
        report = verify(archive, lambda _: None)
    assert (report["wrong"], report["findings"]) == (0, [])
    assert report["checked"]["candidates"] == CANDIDATES


def test_a_scan_would_be_found(large: Path, watched: Watched) -> None:
    with Archive(large) as archive:
        archive.rows("SELECT * FROM evaluations e WHERE e.feedback = 'x'")
        archive.rows("SELECT count(*) FROM proposals WHERE verdict = 'x'")
    assert len(watched.scans(large)) == 2


VERBS = {
    "list": "list",
    "list --campaign": "list --campaign {campaign}",
    "list --campaign --verdict": "list --campaign {campaign} --verdict tampering",
    "list --problem": "list --problem {problem}",
    "list --problem --verdict": "list --problem {problem} --verdict tampering",
    "list --problem --campaign": "list --problem {problem} --campaign {campaign}",
    "list --verdict": "list --verdict tampering",
    "list --comparisons": "list --comparisons",
    "list --search": "list --search minimum",
    "list --sort lowest": "list --sort lowest --problem {problem}",
    "list --operator": "list --operator tune --campaign {campaign}",
    "best": "best",
    "best --split train": "best {problem} --split train",
    "best --campaign": "best --split train --campaign {campaign}",
    "show CANDIDATE": "show {candidate}",
    "show CANDIDATE often proposed": "show {popular}",
    "show CAMPAIGN": "show {campaign}",
    "lineage": "lineage {candidate} --limit 100",
    "diff": "diff {candidate} {popular}",
}


@pytest.mark.parametrize("words", VERBS.values(), ids=VERBS)
def test_verbs_look_through_no_table(
    words: str, large: Path, where: Landmarks, watched: Watched, evolve: Callable[..., Ran]
) -> None:
    filled = words.format(**vars(where), problem=PROBLEMS[0]).split()
    ran = evolve("archive", *filled, "--archive", str(large), "--json")
    assert ran.code == 0, ran.err
    assert ran.document() is not None
    assert watched.scans(large) == []
    assert watched.steps < 40, f"{watched.steps} thousand steps"


def test_a_campaign_begins_without_looking_through_a_table(
    large: Path, watched: Watched, evolve: Callable[..., Ran], tmp_path: Path
) -> None:
    path = tmp_path / "evolve.db"
    shutil.copy(large, path)
    begun = ("run", PROBLEMS[2], "--evaluations", "3", "--workers", "1", "--sandbox", "bubblewrap", "--seed", "1")
    ran = evolve(*begun, "--archive", str(path), "--json")
    assert ran.code in (0, 1), ran.err
    assert ran.document()["counts"]["evaluations"] == 3
    assert watched.scans(path) == []


def test_what_a_resume_reads_is_looked_up(large: Path, where: Landmarks, watched: Watched) -> None:
    """Of a campaign of ten thousand: what is counted is counted in an index, the rest is found by one."""
    with Archive(large) as archive:
        history = CampaignHistory(archive, where.campaign)
        members = history.members()
        assert len(members) == POPULATION
        some = [member.candidate_id for member in members[:3]]
        asked: dict[str, Callable[[], object]] = {
            "unfinished": history.unfinished,
            "members": lambda: history.members(some),
            "epoch": history.epoch,
            "observations": lambda: history.observations(100),
            "best": lambda: history.best_validated("min", audited=True),
            "best since": lambda: history.best_since(0, "min"),
            "spent": ArchiveLedger(archive, where.campaign).spent,
            "seeds": history.seeds,
        }
        for name, ask in asked.items():
            watched.steps = 0
            ask()
            assert watched.steps < 40, f"{name}: {watched.steps} thousand steps"
        counts = history.counts()
        assert counts["evaluated"] + counts["duplicate"] == counts["proposals"] == counts["last"]
        assert sum(history.verdict_counts().values()) == counts["evaluated"]
    assert watched.scans(large) == []


def test_best_is_what_looking_at_all_finds(large: Path) -> None:
    """The shortcut through the index against the plain reading of what is asked for."""
    with Archive(large) as archive:
        for split, campaign in (("train", None), ("validation", None), ("train", "c0ffee03")):
            rows = archive.rows(
                "SELECT candidate_id, min(score) AS score FROM evaluations WHERE problem = ?1 AND split = ?2 "
                "AND complete = 1 AND score IS NOT NULL AND (?3 IS NULL OR campaign_id = ?3) "
                "GROUP BY candidate_id, problem_version, environment ORDER BY score LIMIT 25",
                (PROBLEMS[0], split, campaign),
            )
            found = queries.best(archive, "min", PROBLEMS[0], campaign=campaign, split=split, limit=25)
            assert [(one["candidate"], one["score"]) for one in found] == [tuple(row) for row in rows]


def test_lineage_is_the_nearest_of_all_there_is(large: Path, where: Landmarks) -> None:
    with Archive(large) as archive:
        near = queries.lineage(archive, where.candidate, limit=50)
        far = queries.lineage(archive, where.candidate, limit=10**6)
    assert near == far[:50]
    assert near[0]["candidate"] == where.candidate
    assert len(far) > queries.NEAREST
    assert len({one["candidate"] for one in far}) == len(far)
    generations = [one["generation"] for one in far]
    assert generations == sorted(generations)


def test_totals_are_kept_by_whoever_writes(large: Path, tmp_path: Path) -> None:
    path = tmp_path / "evolve.db"
    shutil.copy(large, path)
    with Archive(path) as archive:
        before = queries.summary(archive, "c0ffee01")
        with archive.write() as connection:
            connection.execute("UPDATE proposals SET evaluations = evaluations + 2 WHERE id = 'c0ffee01-000007'")
            connection.execute(
                "INSERT INTO llm_calls (request_id, attempt, campaign_id, state) "
                "VALUES ('r', 1, 'c0ffee01', 'reserved')"
            )
            connection.execute("UPDATE llm_calls SET state = 'answered', cost_nusd = 5000000000 WHERE request_id = 'r'")
            connection.execute(
                "INSERT INTO proposals (id, campaign_id, ordinal, node, evaluations) "
                "VALUES ('p', 'c0ffee01', 999999, 'select', 0)"
            )
        after = queries.summary(archive, "c0ffee01")
    changed = {key: after[key] - before[key] for key in ("proposals", "evaluations", "usd")}
    assert changed == {"proposals": 1, "evaluations": 2, "usd": pytest.approx(5.0)}


DAMAGE = {
    "file": ("UPDATE candidates SET files = replace(files, 'return', 'yield') WHERE rowid = 5", "other files"),
    "score": (
        "UPDATE evaluations SET score = score + 1 WHERE rowid = "
        "(SELECT rowid FROM evaluations WHERE complete = 1 AND score > 0 LIMIT 1)",
        "not the mean",
    ),
    "identity": ("UPDATE evaluations SET environment = 'elsewhere' WHERE rowid = 7", "not of what its id says"),
    "lost evaluation": (
        "DELETE FROM evaluations WHERE rowid = (SELECT min(rowid) FROM evaluations WHERE verdict = 'runtime_error')",
        "charged for 1 evaluations and has 0",
    ),
    "unfinished": (
        "UPDATE proposals SET node = 'admit' WHERE id = 'c0ffee00-000003'",
        "'admit' with status 'evaluated'",
    ),
    "blob": ("UPDATE instance_scores SET scores = x'00' WHERE rowid = 3", "cannot be read"),
    "bought twice": (
        "INSERT INTO llm_calls (request_id, attempt, campaign_id, proposal_id, turn, state, cost_nusd) "
        "SELECT 'again', 1, campaign_id, proposal_id, turn, state, 0 FROM llm_calls WHERE state = 'answered' LIMIT 1",
        "was answered 2 times",
    ),
    "sent again": (
        "UPDATE llm_calls SET attempt = 2 WHERE attempt = 1 AND state = 'answered'",
        "though nothing was in doubt",
    ),
    "uncharged": ("UPDATE llm_calls SET cost_nusd = 0 WHERE state = 'in_doubt'", "not charged accordingly"),
    "overspent": (
        "UPDATE campaigns SET config = json_set(config, '$.bounds.evaluations', 3) WHERE id = 'c0ffee00'",
        "evaluations of the 3 it was allowed",
    ),
    "totals": ("UPDATE campaign_totals SET proposals = 1 WHERE campaign_id = 'c0ffee00'", "totals"),
    "unlisted": ("DELETE FROM catalog WHERE number = 5", "over and not in the catalogue"),
    "sums": (
        "UPDATE catalog_tallies SET proposals = 1 WHERE campaign_id = 'c0ffee00' AND width = 8 AND block = 2",
        "the sums over proposals of campaign c0ffee00",
    ),
    "winner": ("UPDATE elites SET audit = 'tampering'", "passed no audit"),
    "orphan": ("DELETE FROM candidates WHERE rowid = 9", "refers to a row"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small, as each kind of damage is done to a copy of it."""
    path = tmp_path_factory.mktemp("whole") / "evolve.db"
    build(path, 2000)
    return path


@pytest.mark.parametrize("name", DAMAGE)
def test_verify_names_what_is_wrong(name: str, whole: Path, tmp_path: Path, evolve: Callable[..., Ran]) -> None:
    damage, said = DAMAGE[name]
    path = tmp_path / "evolve.db"
    shutil.copy(whole, path)
    with sqlite3.connect(path) as connection:
        connection.executescript(damage)
    ran = evolve("archive", "verify")
    assert ran.code == 1, ran.out
    assert said in ran.out
    document = json.loads(evolve("archive", "verify", "--json").out)
    assert document["wrong"] >= len(document["findings"]) >= 1


def test_verify_of_a_whole_archive(whole: Path, evolve: Callable[..., Ran]) -> None:
    ran = evolve("archive", "verify", "--archive", str(whole))
    assert ran.code == 0, ran.out
    assert ran.out.startswith("nothing is wrong; ")
    assert "2000 candidates" in ran.out


def test_verify_of_bytes_gone_bad(whole: Path, tmp_path: Path, evolve: Callable[..., Ran]) -> None:
    path = tmp_path / "evolve.db"
    data = bytearray(whole.read_bytes())
    for place in range(len(data) // 2, len(data) // 2 + 4096):
        data[place] ^= 0xFF
    path.write_bytes(data)
    ran = evolve("archive", "verify")
    assert ran.code != 0
    assert "Traceback" not in ran.err
