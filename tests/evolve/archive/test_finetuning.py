"""Fine-tuning data from real small campaigns: what is in it, and above all what is not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import evolve
from evaluators.registry import load_problem
from evolve.archive import Archive
from evolve.archive.finetuning import lessons
from evolve.archive.shingles import NearDuplicates
from evolve.campaign.config import CampaignConfig

FLOW = "scheduling/online-flow-time"
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One archive with campaigns of two families and of a task whose scores are not trusted."""
    folder = tmp_path_factory.mktemp("lessons")
    shutil.copytree(ROOT / "evolve" / "skeleton", folder / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "evolve.db"
    for problem, seed, evaluations in ((FLOW, 5, 150), (str(folder / "mine"), 3, 60)):
        config = CampaignConfig(problem=problem, founders=5, seed=seed, workers=1)
        evolve.run(config, evaluations=evaluations, archive=path)
    evolve.run(ROOT / "examples" / "openevolve" / "function_minimization", evaluations=3, archive=path)
    with Archive(path) as archive:
        # a program that failed, and was mended in the next turn of the same proposal
        good = archive.row(
            "SELECT * FROM evaluations WHERE problem = ? AND split = 'train' AND verdict = 'ok' AND proposal_id LIKE "
            "'%-0%' AND candidate_id NOT IN (SELECT candidate_id FROM evaluations WHERE split = 'test') LIMIT 1",
            (FLOW,),
        )  # fmt: skip
        failed = archive.row(
            "SELECT candidate_id FROM evaluations WHERE problem = ? AND split = 'train' AND candidate_id != ? AND "
            "candidate_id NOT IN (SELECT candidate_id FROM evaluations WHERE split = 'test')",
            (FLOW, good["candidate_id"]),
        )
        bad = dict(good) | {"id": "bad", "candidate_id": failed["candidate_id"], "verdict": "runtime_error",
                            "score": None, "feedback": "NameError: name 'q' is not defined"}  # fmt: skip
        with archive.write() as connection:
            connection.execute("UPDATE evaluations SET repeat = 1 WHERE id = ?", (good["id"],))
            names = ", ".join(bad)
            connection.execute(
                f"INSERT INTO evaluations ({names}) VALUES ({', '.join('?' * len(bad))})", tuple(bad.values())
            )
        yield archive, good["candidate_id"], bad["candidate_id"]


def test_pairs_are_verified_and_nothing_of_test_is_in_them(store):
    archive, _, _ = store
    found = lessons(archive, "sft")
    everything = [*found.train, *found.val]
    pairs = [lesson for lesson in everything if lesson.kind == "faster"]
    assert len(pairs) > 5
    assert all(lesson.gain > 0 for lesson in pairs)
    tested = {row[0] for row in archive.rows("SELECT candidate_id FROM evaluations WHERE split = 'test'")}
    assert found.left_out["judged on test"] > 0
    assert not tested & {identity for lesson in everything for identity in (lesson.better, lesson.worse)}
    texts = [json.dumps(lesson.record("sft")) for lesson in everything]
    for problem in {lesson.problem for lesson in everything}:
        row = archive.row("SELECT config FROM campaigns WHERE problem = ?", (problem,))
        for instance in load_problem(json.loads(row["config"])["problem"]).instances("test"):
            assert not any(instance.name in text for text in texts)
    secrets = [row["secret"] for row in archive.rows("SELECT secret FROM campaigns")]
    assert not any(secret in text for secret in secrets for text in texts)


def test_families_are_on_one_side_and_untrusted_scores_on_none(store):
    found = lessons(store[0], "sft")
    families = found.manifest("sft")["families"]
    assert {*families["train"], *families["val"]} == {"mine", "scheduling"}
    assert not {*families["train"]} & {*families["val"]}
    assert found.left_out["scores are not trusted"] == 1
    assert len(found.train) > len(found.val) > 0


def test_what_failed_and_was_mended_is_asked_with_the_complaint(store):
    archive, good, bad = store
    (lesson,) = [x for x in [*lessons(archive, "sft").train, *lessons(archive, "sft").val] if x.kind == "mended"]
    assert (lesson.better, lesson.worse, lesson.gain) == (good, bad, None)
    system, question, answer = lesson.record("sft")["messages"]
    assert (system["role"], question["role"], answer["role"]) == ("system", "user", "assistant")
    assert "NameError: name 'q' is not defined" in question["content"]
    assert re.fullmatch(r"```python\n.*\n```", answer["content"], re.DOTALL)


def test_preferences_share_their_question(store):
    for lesson in lessons(store[0], "dpo").train:
        record = lesson.record("dpo")
        assert set(record) == {"prompt", "chosen", "rejected", "meta"}
        assert record["chosen"] != record["rejected"]
        source = record["rejected"][0]["content"].removeprefix("```python\n").removesuffix("\n```")
        assert source not in record["prompt"][1]["content"]


def test_one_campaign_alone_and_the_same_twice(store):
    archive = store[0]
    (row,) = archive.rows("SELECT id FROM campaigns WHERE problem LIKE 'mine/%'")
    alone = lessons(archive, "sft", row["id"])
    assert {lesson.problem.partition("/")[0] for lesson in alone.train} == {"mine"}
    assert alone.val == []  # one family cannot be on both sides
    assert lessons(archive, "sft", row["id"]) == alone


def test_near_duplicates():
    text = "def f(x):\n" + "".join(f"    y{k} = x * {k} + {k * 7}\n" for k in range(40))
    near = NearDuplicates(0.8)
    assert near.take(text)
    assert not near.take(text.replace("    ", "  ") + "# a comment\n")
    assert not near.take(text.replace("y3 = x * 3", "y3 = x * 4"))
    assert near.take(text.replace("x *", "x -"))
    assert near.take("def g(z): return z")
    assert not near.take("def g(z): return z")
