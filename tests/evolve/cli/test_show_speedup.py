"""`evolve archive show` of a kernel: the speed-up its work and span foretell, beside what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.candidate import Candidate
from evaluators.evaluation import Evaluation, StageResult
from evaluators.registry import locate
from evaluators.spec import load_spec
from evaluators.verdicts import Verdict
from evolve.archive import Archive
from evolve.archive.records import put_candidate, put_evaluation
from evolve.archive.speedup import speedup

FACTS = {"work": 1_000_000.0, "span": 20_000.0, "burdened_span": 60_000.0, "parallelism": 50.0}
CANDIDATE = Candidate.of_text("void histogram() {}\n", "candidate.cpp", "cpp")
RACES = StageResult("races", Verdict.OK, 0.5, "work 1000000", FACTS)
EVALUATION = Evaluation(
    CANDIDATE.id, "train", Verdict.OK, "races", score=40.0, values={"elapsed": 40.0, "cpu": 76.0, "predicted": 5.0},
    stages=(StageResult("train", Verdict.OK, 1.0), RACES), environment="e" * 16,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Path:
    spec = load_spec(locate("kernels/histogram"))
    path = tmp_path / "kernels.db"
    with Archive(path) as archive, archive.write() as connection:
        put_candidate(connection, CANDIDATE, "key")
        for split in ("train", "validation"):
            put_evaluation(connection, replace(EVALUATION, split=split), spec, "histogram", "set", None, None)
    return path


def test_the_document_has_the_curve(evolve, store: Path) -> None:
    document = evolve("archive", "show", CANDIDATE.id[:12], "--archive", str(store), "--json").document()
    train, validation = (evaluation["speedup"] for evaluation in document["evaluations"])
    assert train == validation
    assert {name: train[name] for name in FACTS} == FACTS
    assert [row["cores"] for row in train["curve"]] == [1, 2, 4, 8, 16, 32, 64, 128]
    least, greatest = ([row[bound] for row in train["curve"]] for bound in ("least", "greatest"))
    assert greatest == [1, 2, 4, 8, 16, 32, 50, 50]
    assert least[3] == pytest.approx(1_000_000 / (125_000 + 60_000))
    assert train["measured"] == {"over_baseline": 2.5, "busy_cores": pytest.approx(1.9)}


def test_it_is_drawn_once(evolve, store: Path) -> None:
    shown = evolve("archive", "show", CANDIDATE.id[:12], "--archive", str(store)).out
    assert shown.count("2.5 times as fast as the sequential baseline, with 1.9 cores busy") == 2
    assert shown.count("work 1000000 and span 20000 steps (parallelism 50, burdened span 60000)") == 1
    rows = [line.split() for line in shown.splitlines() if "█" in line]
    assert rows[0] == ["1", "0.94", "1.00", "█"]
    assert rows[-1] == ["128", "14.75", "50.00", "█" * 13 + "░" * 5]


def test_nothing_is_foretold_without_work_and_span() -> None:
    assert speedup([RACES.as_json() | {"facts": {}}], EVALUATION.values) is None
    untimed = speedup([RACES.as_json()], {})
    assert untimed is not None
    assert untimed["measured"] is None
