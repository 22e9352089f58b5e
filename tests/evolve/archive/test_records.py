"""Candidates and evaluations go in and come out the same."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation, Resources, StageResult
from evaluators.problem import Instance
from evaluators.registry import locate
from evaluators.spec import load_spec
from evaluators.verdicts import Verdict
from evolve.archive import Archive
from evolve.archive.records import (
    find_candidate,
    find_evaluation,
    instance_set_id,
    proposal_evaluation,
    put_candidate,
    put_evaluation,
    put_instance_set,
)

SPEC = load_spec(locate("scheduling/online-flow-time"))
CANDIDATE = Candidate("python", {"candidate.py": "def priority(): ...  # é\n".encode(), "b.py": b"\r\n"})
EVALUATION = Evaluation(
    candidate_id=CANDIDATE.id,
    split="train",
    verdict=Verdict.OK,
    stage="train",
    score=0.1 + 0.2,
    confidence=(0.1, 1 / 3),
    values={"flow": 0.1 + 0.2, "other": -1.0},
    instance_scores=np.array([0.1, np.nan, -0.0, 1e300, 5e-324]),
    instance_objectives=np.array([1.0, 2.0, np.inf, 4.0, 5.0]),
    stages=(StageResult("screen", Verdict.OK, 0.001), StageResult("train", Verdict.OK, 0.25, "stopped by racing")),
    feedback="largest: é\nn40-1",
    resources=Resources(0.25, 0.5, 30_000_000),
    decisions_digest="ab" * 32,
    sandbox="bubblewrap",
    environment="e" * 16,
)
INSTANCES = [Instance("a", "n40", {}, 3.0, True), Instance("b", "ood", {}, None)]


def put(archive: Archive, evaluation: Evaluation, **more) -> str:
    with archive.write() as connection:
        put_candidate(connection, CANDIDATE, "key")
        return put_evaluation(connection, evaluation, SPEC, "priority", "set", None, "p1", **more)


def assert_same(found: Evaluation | None, expected: Evaluation) -> None:
    assert found is not None
    for field in dataclasses.fields(Evaluation):
        mine, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(theirs, np.ndarray):
            assert mine.tobytes() == theirs.astype("<f8").tobytes()  # to the bit: NaN and -0 too
        else:
            assert mine == theirs, field.name


def test_an_evaluation_comes_back_the_same(archive: Archive) -> None:
    put(archive, EVALUATION)
    assert_same(find_evaluation(archive, CANDIDATE.id, SPEC, "priority", "train", "set", "e" * 16), EVALUATION)
    assert_same(proposal_evaluation(archive, "p1", CANDIDATE.id, "train"), EVALUATION)


def test_an_evaluation_without_scores_comes_back_the_same(archive: Archive) -> None:
    failed = Evaluation(CANDIDATE.id, "train", Verdict.TIME_LIMIT, "smoke", feedback="too slow", environment="e" * 16)
    put(archive, failed)
    assert_same(proposal_evaluation(archive, "p1", CANDIDATE.id, "train"), failed)


def test_storing_again_changes_nothing(archive: Archive) -> None:
    first = put(archive, EVALUATION)
    before = [tuple(row) for row in archive.rows("SELECT * FROM evaluations")]
    other = dataclasses.replace(EVALUATION, score=99.0, verdict=Verdict.TAMPERING)
    assert put(archive, other) == first  # a committed verdict is never recomputed
    assert [tuple(row) for row in archive.rows("SELECT * FROM evaluations")] == before
    assert len(archive.rows("SELECT * FROM instance_scores")) == 1
    assert len(archive.rows("SELECT * FROM candidates")) == 1


def test_what_was_not_judged_makes_room_for_a_judgement(archive: Archive) -> None:
    unjudged = Evaluation(CANDIDATE.id, "train", Verdict.INTERNAL_ERROR, "train", environment="e" * 16)
    assert put(archive, unjudged) == put(archive, EVALUATION)
    assert_same(proposal_evaluation(archive, "p1", CANDIDATE.id, "train"), EVALUATION)
    assert len(archive.rows("SELECT * FROM evaluations")) == 1
    put(archive, unjudged)
    assert_same(proposal_evaluation(archive, "p1", CANDIDATE.id, "train"), EVALUATION)


def test_another_repeat_split_or_environment_is_another_evaluation(archive: Archive) -> None:
    ids = {
        put(archive, EVALUATION),
        put(archive, EVALUATION, repeat=1),
        put(archive, dataclasses.replace(EVALUATION, split="validation")),
        put(archive, dataclasses.replace(EVALUATION, environment="f" * 16)),
    }
    assert len(ids) == 4
    assert len(archive.rows("SELECT * FROM evaluations")) == 4


def test_what_is_not_asked_for_is_not_found(archive: Archive) -> None:
    put(archive, EVALUATION)
    asked = {"split": "train", "instance_set": "set", "environment": "e" * 16}
    assert find_evaluation(archive, CANDIDATE.id, SPEC, "priority", **asked) is not None
    for key in asked:
        assert find_evaluation(archive, CANDIDATE.id, SPEC, "priority", **{**asked, key: "other"}) is None
    assert find_evaluation(archive, CANDIDATE.id, SPEC, "order", **asked) is None
    assert find_evaluation(archive, "f" * 64, SPEC, "priority", **asked) is None
    assert find_evaluation(archive, CANDIDATE.id, SPEC, "priority", **asked, campaign_id="c") is None
    changed = dataclasses.replace(SPEC, version="0" * 16)
    assert find_evaluation(archive, CANDIDATE.id, changed, "priority", **asked) is None


def test_our_own_failures_are_not_taken_for_verdicts(archive: Archive) -> None:
    put(archive, dataclasses.replace(EVALUATION, verdict=Verdict.INTERNAL_ERROR, score=None))
    assert find_evaluation(archive, CANDIDATE.id, SPEC, "priority", "train", "set", "e" * 16) is None


def test_an_evaluation_of_an_unknown_candidate_is_refused(archive: Archive) -> None:
    import sqlite3

    with pytest.raises(sqlite3.IntegrityError), archive.write() as connection:
        put_evaluation(connection, EVALUATION, SPEC, "priority", "set", None, None)


@pytest.mark.parametrize("length", [4, 12, 64])
def test_find_candidate(length: int, archive: Archive) -> None:
    put(archive, EVALUATION)
    for reference in (CANDIDATE.id[:length], CANDIDATE.id[:length].upper()):
        found = find_candidate(archive, reference)
        assert found == CANDIDATE
        assert found.id == CANDIDATE.id


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("", "4 hex digits"),
        ("abc", "4 hex digits"),
        ("xyz1", "4 hex digits"),
        ("%%%%", "4 hex digits"),
        ("0" * 64, "no candidate"),
    ],
)
def test_find_candidate_refuses(reference: str, says: str, archive: Archive) -> None:
    put(archive, EVALUATION)
    with pytest.raises(KeyError, match=says):
        find_candidate(archive, reference)


def test_an_ambiguous_reference_is_refused(archive: Archive) -> None:
    made: dict[str, Candidate] = {}
    with archive.write() as connection:
        for k in range(5000):
            candidate = Candidate("python", {"candidate.py": f"x = {k}\n".encode()})
            put_candidate(connection, candidate, "")
            start = candidate.id[:4]
            if start in made:
                break
            made[start] = candidate
    with pytest.raises(KeyError, match="several"):
        find_candidate(archive, start)
    assert find_candidate(archive, made[start].id) == made[start]


def test_instance_sets(archive: Archive) -> None:
    set_id = instance_set_id(INSTANCES)
    for _ in range(2):
        with archive.write() as connection:
            put_instance_set(connection, SPEC.name, "train", set_id, INSTANCES)
    (row,) = archive.rows("SELECT * FROM instance_sets")
    assert (row["names"], row["parts"]) == ('["a", "b"]', '["n40", "ood"]')
    assert (row["best_known"], row["proven"]) == ("[3.0, null]", "[1, 0]")
    assert instance_set_id(INSTANCES[:1]) != set_id
    assert instance_set_id(INSTANCES[::-1]) != set_id


def test_a_proposal_with_a_baselines_program_takes_over_its_evaluation(archive: Archive) -> None:
    with archive.write() as connection:
        put_candidate(connection, CANDIDATE, "key")
        first = put_evaluation(connection, EVALUATION, SPEC, "priority", "set", None, None)
    assert proposal_evaluation(archive, "p1", CANDIDATE.id, "train") is None
    assert put(archive, EVALUATION) == first
    assert_same(proposal_evaluation(archive, "p1", CANDIDATE.id, "train"), EVALUATION)
    assert len(archive.rows("SELECT id FROM evaluations")) == 1
