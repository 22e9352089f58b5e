"""`evolve rcbench generate`: the file, the summary, and one sentence for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.rconstraintbench.sets import InstanceSet


def test_it_writes_a_set_and_says_how_hard_it_is(evolve) -> None:
    ran = evolve("rcbench", "generate", "--levels", "5,15,30", "--per-level", "3", "--seed", "11")
    assert ran.code == 0
    made = InstanceSet.from_json(json.loads(Path("rcbench.json").read_text(encoding="utf-8")))
    assert len(made.generated) == 8 * 3 * 3
    assert (made.arguments.levels, made.arguments.per_level, made.arguments.seed) == ((5, 15, 30), 3, 11)
    assert "a re-implementation from the published description" in ran.out
    assert f"wrote 72 instances to rcbench.json, set {made.id[:12]}" in ran.err
    rows = {line.split()[0]: line for line in ran.out.splitlines() if line}
    assert "1.00 → 1.00" in rows["precedence"]
    assert rows["precedence"].rstrip().endswith("control")
    assert "control" not in rows["all"]


def test_as_json(evolve) -> None:
    ran = evolve(
        "rcbench", "generate", "--levels", "2-3", "--per-level", "1", "--phases", "windows,precedence", "--json",
        "--domain", "data-center-migration", "--out", "dcm.json",
    )  # fmt: skip
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["id"] == InstanceSet.from_json(json.loads(Path("dcm.json").read_text(encoding="utf-8"))).id
    assert document["arguments"]["levels"] == [2, 3]
    assert [row["phase"] for row in document["phases"]] == ["windows", "precedence"]
    assert [row["control"] for row in document["phases"]] == [False, True]
    assert document["phases"][1]["greedy_share"] == {"2": 1.0, "3": 1.0}


def test_a_file_that_holds_something_else_is_replaced_only_by_force(evolve) -> None:
    small = ("rcbench", "generate", "--levels", "2", "--per-level", "1", "--phases", "windows")
    assert evolve(*small).code == 0
    written = Path("rcbench.json").read_bytes()
    assert evolve(*small).code == 0  # the same set again
    refused = evolve(*small, "--seed", "2")
    assert refused.code == 2
    assert refused.err == (
        "evolve: rcbench.json: is there and holds something else; --force replaces it, --out names another\n"
    )
    assert Path("rcbench.json").read_bytes() == written
    assert evolve(*small, "--seed", "2", "--force").code == 0
    assert Path("rcbench.json").read_bytes() != written
    Path("notes.json").write_text("[]")
    assert evolve(*small, "--out", "notes.json").code == 2
    assert Path("notes.json").read_text() == "[]"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--levels", "0"), "--levels has '0'; levels are from 1 to 1000"),
        (("--levels", "9-2"), "--levels has '9-2'; levels are from 1 to 1000, the smaller first"),
        (("--levels", "5-"), "--levels is '5-'; it must be numbers and ranges by comma"),
        (("--phases", "hard"), "phases is 'hard'; allowed: precedence, downtime"),
        (("--phases", "all,all"), "phases must not be empty and name nothing twice"),
        (("--domain", "space"), "domain is 'space'; allowed: abstract, data-center-migration"),
        (("--layers", "21"), "layers is 21; it must be a whole number from 2 to 20"),
        (("--levels", "300"), "level 300 cannot be reached with 20 tasks in 5 layers"),
        (("--slack", "900"), "every greedy rule solves all of it (greedy share 1.0)"),
        (("--per-level", "0"), "--per-level"),
        (("--out", "."), ".: cannot be written: it is a folder"),
        (("--out", "nowhere/x.json"), "nowhere/x.json: cannot be written: it is not in a folder"),
    ],
)
def test_bad_input_is_one_sentence(evolve, arguments, complaint) -> None:
    ran = evolve("rcbench", "generate", *(() if "--levels" in arguments else ("--levels", "1")), *arguments)
    assert ran.code == 2
    assert complaint in ran.err
    assert ran.err.count("\n") == 1
    assert not Path("rcbench.json").exists()
