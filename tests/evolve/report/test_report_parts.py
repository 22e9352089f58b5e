"""Parts of a report that no tiny campaign shows."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from evolve.archive import Archive
from evolve.campaign.config import CampaignConfig, read_campaign
from evolve.report.explanation import explain
from evolve.report.reproduction import campaign_file, facts, steps
from evolve.report.standing import standings
from evolve.report.winner import speed_up_of
from evolve.selection.settings import PopulationSettings

ONLINE = "scheduling/online-flow-time"


def test_every_setting_is_in_the_file(tmp_path: Path) -> None:
    population = PopulationSettings(kind="grid", axes={"length": (25.0, 50.0), "score:a b": (1.5,)}, aims=("x",))
    config = CampaignConfig(
        problem=ONLINE, proposer="llm", seed=7, population=population,
        llm={"models": ["a/b"], "temperature": 0.5, "price": {"a/b": {"prompt": 1.5}}, "note": 'x"\\\n\x7fé'},
    )  # fmt: skip
    path = tmp_path / "campaign.toml"
    path.write_text(campaign_file(config, []), encoding="utf-8")
    assert read_campaign(path) == config


def test_named_sources_are_taken_from_the_archive(tmp_path: Path) -> None:
    text = campaign_file(CampaignConfig(problem=ONLINE, seed_from=("gone.py",)), ["ab" * 32])
    assert tomllib.loads(text)["campaign"]["seed_from"] == ["archive:" + "ab" * 32]


def test_a_campaign_of_a_model_can_be_repeated_without_it(archive: Archive) -> None:
    found = steps(archive, {"id": "c1", "proposer": "llm", "config": "{}"}, None)
    assert any("--proposer replay --replay-from c1" in step.command for step in found)


def test_prompts_and_models_are_told(archive: Archive) -> None:
    calls = [("p1", "diff", "h1", "m/a", "2026-01", "answered"), ("p2", "diff", "h1", "m/a", "2026-02", "answered"),
             ("p3", "full", "h2", "m/b", None, "answered"), ("p4", "full", "h2", "m/c", None, "refused")]  # fmt: skip
    with archive.write() as connection:
        connection.executemany(
            "INSERT INTO llm_calls (request_id, attempt, campaign_id, prompt_name, prompt_hash, model, model_version, "
            "state) VALUES (?, 1, 'c', ?, ?, ?, ?, ?)",
            calls,
        )
    campaign = {
        "id": "c", "problem": ONLINE, "problem_version": "v", "entry_point": "priority", "seed": 1, "secret": "hidden",
        "state": "running", "config": '{"workers": 1}',
    }  # fmt: skip
    told = dict(facts(archive, campaign, None))
    assert (told["prompt diff"], told["prompt full"]) == ("h1, asked 2 times", "h2, asked 2 times")
    assert (told["model m/a"], told["model m/b"]) == ("2026-01,2026-02", "its provider told no version")
    assert "model m/c" not in told
    assert "hidden" not in told.values()  # before the campaign is over nobody may know what `test` is made of


def test_a_kernel_has_its_speed_up_and_other_programs_have_none(archive: Archive) -> None:
    stages = [{"name": "races", "facts": {"work": 1000, "span": 10, "burdened_span": 20}}]
    with archive.write() as connection:
        connection.execute("INSERT INTO campaigns (id, problem) VALUES ('c', 'p')")
        for candidate, told in (("kernel", stages), ("rule", [])):
            connection.execute("INSERT INTO candidates (id, language, files) VALUES (?, 'cpp', '{}')", (candidate,))
            for split in ("train", "validation"):
                connection.execute(
                    "INSERT INTO evaluations (id, candidate_id, campaign_id, split, stages, objectives) "
                    "VALUES (?, ?, 'c', ?, ?, ?)",
                    (candidate + split, candidate, split, json.dumps(told), json.dumps({"cpu": 120, "elapsed": 80})),
                )
    drawn = speed_up_of(archive, {"candidate": "kernel"}, "c")
    assert drawn is not None
    assert "as judged on validation (parallelism 100)" in drawn
    assert "Measured: 1.25 times as fast as the sequential baseline, 1.5 cores busy." in drawn
    assert speed_up_of(archive, {"candidate": "rule"}, "c") is None


def _relative(candidate: str, generation: int, operator: str, score: float | None, *parents: str) -> dict[str, object]:
    return {
        "candidate": candidate, "generation": generation, "operator": operator, "ordinal": 9 - generation,
        "score": score, "parents": list(parents),
    }  # fmt: skip


FAMILY = [
    _relative("a", 0, "constant", 1.0, "b"), _relative("b", 1, "crossover+constant", 1.5, "c", "d"),
    _relative("c", 2, "seed", 4.0), _relative("d", 2, "mutate", None, "c"),
]  # fmt: skip


def test_without_words_the_operators_tell(archive: Archive) -> None:
    told = explain(archive, "none", 9, FAMILY, "min", None)
    first, second = told.paragraphs
    assert "The operator constant made it as proposal 9" in first
    assert "goes back 2 generations and has 3 programs, 1 of them given at the start" in first
    assert "constant 2 times" in first
    assert "from 4 to 1 in 2 steps. The largest step was proposal 8, by crossover+constant: from 4 to 1.5." in second
    assert told.by.startswith("evolve")
    assert "The largest step" not in " ".join(explain(archive, "none", 9, FAMILY, "max", None).paragraphs)


def test_a_seed_that_won_is_called_one(archive: Archive) -> None:
    (said,) = explain(archive, "none", 0, [_relative("c", 0, "seed", 4.0)], "min", None).paragraphs
    assert "nothing the search found was better" in said


def test_words_of_a_model_are_its_own(archive: Archive) -> None:
    with archive.write() as connection:
        connection.execute("INSERT INTO campaigns (id, problem) VALUES ('c', 'p')")
        connection.execute(
            "INSERT INTO proposals (id, campaign_id, ordinal, remark) VALUES ('c-9', 'c', 9, 'Weighs slack.')"
        )
    told = explain(archive, "c", 9, FAMILY, "min", None)
    assert told.paragraphs[0] == "Weighs slack."
    assert told.by == "its proposer, as said beside the program; nobody checked it"
    assert explain(archive, "c", 9, FAMILY, "min", "Mine.").paragraphs == ("Mine.",)


@pytest.mark.parametrize(("direction", "names"), [("min", ["a/x", "winner", "a/y"]), ("max", ["a/y", "winner", "a/x"])])
def test_the_best_stands_first(direction: str, names: list[str]) -> None:
    test = {
        "direction": direction, "score": 2.0, "confidence": [1.5, 2.5],
        "versus": {"a/x": {"score": 1.0}, "a/y": {"score": 3.0}},
    }  # fmt: skip
    assert [row.name for row in standings(test, None)] == names
