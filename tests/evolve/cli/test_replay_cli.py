"""`evolve replay`: the same again is no drift, and what has changed is named."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_running import Finished, Ran

from evolve.archive import Archive
from evolve.archive.records import read_array


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> Path:
    """The archive of the finished campaign, to be written to."""
    return Path(shutil.copy(finished.archive, tmp_path / "copy.db"))


def change_scores(path: Path, candidate: str, split: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    with Archive(path) as archive:
        row = archive.row(
            "SELECT s.* FROM evaluations e JOIN instance_scores s ON s.evaluation_id = e.id "
            "WHERE e.candidate_id = ? AND e.split = ?",
            (candidate, split),
        )
        assert row is not None
        blob = zlib.compress(change(read_array(row["scores"]).copy()).astype("<f8").tobytes())
        with archive.write() as connection:
            connection.execute(
                "UPDATE instance_scores SET scores = ? WHERE evaluation_id = ?", (blob, row["evaluation_id"])
            )


def test_the_same_again(evolve: Callable[..., Ran], finished: Finished) -> None:
    """Train, validation and the audit of the winner give what they gave; test is not looked at again."""
    winner, campaign = finished.document["winner"]["candidate"], finished.document["campaign"]
    with Archive(finished.archive) as archive:
        before = len(archive.rows("SELECT * FROM evaluations")), len(archive.rows("SELECT * FROM events"))
    ran = evolve("replay", winner[:12], "--archive", str(finished.archive), "--json")
    assert ran.code == 0, ran.err
    document = ran.document()
    with Archive(finished.archive) as archive:
        assert before == (len(archive.rows("SELECT * FROM evaluations")), len(archive.rows("SELECT * FROM events")))
    assert document["candidate"] == winner
    assert (document["same"], document["drifted"], document["not_judged"]) == (3, 0, 0)
    assert document["left_out"]["on test"] >= 1
    by_split = {one["split"]: one for one in document["evaluations"]}
    assert set(by_split) == {"train", "validation", "audit"}
    for split in ("train", "validation"):
        one = by_split[split]
        assert one["campaign"] == campaign
        assert one["then"] | {"cpu_seconds": 0} == one["now"] | {"cpu_seconds": 0}
        assert one["then"]["decisions"] is not None
        assert one["instances"]["compared"] == one["then"]["instances"] > 1
        assert one["instances"]["differing"] == 0
        assert one["environment_facts_known"] and one["environment_changes"] == {}
        assert not one["raced_out"]
    only = evolve("replay", winner[:12], "--split", "train", "--archive", str(finished.archive))
    assert only.code == 0, only.err
    assert "no drift: 1 of 1" in only.out


def test_another_score_is_a_drift(evolve: Callable[..., Ran], finished: Finished, copied: Path) -> None:
    """Instances that differ are counted and named; an environment that differs is told with its facts."""
    winner = finished.document["winner"]["candidate"]
    change_scores(copied, winner, "train", lambda scores: np.r_[scores[0] + 0.5, scores[1:]])
    with Archive(copied) as archive, archive.write() as connection:
        facts = {"python": "3.0.1", "cpu": "another"}
        connection.execute("INSERT INTO environments VALUES ('elsewhere', ?, 0)", (json.dumps(facts),))
        connection.execute(
            "UPDATE evaluations SET environment = 'elsewhere' WHERE candidate_id = ? AND split = 'train'", (winner,)
        )
    ran = evolve("replay", winner, "--split", "train", "--archive", str(copied), "--json")
    assert ran.code == 1
    (one,) = ran.document()["evaluations"]
    assert one["drift"] == ["score"]
    assert one["instances"]["differing"] == 1
    assert one["instances"]["largest_difference"] == pytest.approx(0.5)
    (worst,) = one["instances"]["worst"]
    assert worst["then"] == pytest.approx(worst["now"] + 0.5)
    assert {fact: then for fact, (then, _) in one["environment_changes"].items()} == facts
    shown = evolve("replay", winner, "--split", "train", "--archive", str(copied))
    assert shown.code == 1
    assert "python was 3.0.1" in shown.out
    assert "by up to 0.5" in shown.out


def test_whom_racing_stopped(evolve: Callable[..., Ran], finished: Finished, copied: Path) -> None:
    """Only the instances that it had come to are judged and compared."""
    winner = finished.document["winner"]["candidate"]
    change_scores(copied, winner, "train", lambda scores: np.where(np.arange(len(scores)) < 3, scores, np.nan))
    with Archive(copied) as archive, archive.write() as connection:
        connection.execute("UPDATE evaluations SET complete = 0, score = 1e9 WHERE split = 'train'")
    ran = evolve("replay", winner, "--split", "train", "--archive", str(copied), "--json")
    assert ran.code == 0, ran.err
    (one,) = ran.document()["evaluations"]
    assert one["raced_out"]
    assert one["instances"]["compared"] == one["now"]["instances"] == 3
    assert one["then"]["score"] == pytest.approx(one["now"]["score"])


def test_a_problem_that_has_changed(evolve: Callable[..., Ran], finished: Finished, copied: Path) -> None:
    """The version then and now is told, and instances that are gone are a drift."""
    folder = Path(shutil.copytree(finished.folder, copied.parent / "mine"))
    source = folder / "problem.py"
    source.write_text(source.read_text().replace('"validation", 2, 20', '"validation", 2, 19'))
    with Archive(copied) as archive, archive.write() as connection:
        connection.execute("UPDATE campaigns SET config = json_set(config, '$.problem', ?)", (str(folder),))
    winner = finished.document["winner"]["candidate"]
    ran = evolve("replay", winner, "--split", "validation", "--archive", str(copied), "--json")
    assert ran.code == 1
    one = ran.document()["evaluations"][0]
    assert one["drift"] == ["instances"]
    assert (one["instances"]["compared"], one["instances"]["differing"]) == (19, 0)
    assert one["then"]["problem_version"] != one["now"]["problem_version"]
    shutil.rmtree(folder)
    gone = evolve("replay", winner, "--archive", str(copied))
    assert gone.code == 2
    assert str(folder) in gone.err


def test_what_cannot_be_repeated(evolve: Callable[..., Ran], finished: Finished) -> None:
    archive = str(finished.archive)
    assert evolve("replay", "ffffffff", "--archive", archive).code == 2
    assert evolve("replay", "no", "--archive", archive).code == 2
    winner = finished.document["winner"]["candidate"]
    refused = evolve("replay", winner, "--split", "test", "--archive", archive)
    assert refused.code == 2
    assert "allowed: train, validation" in refused.err
