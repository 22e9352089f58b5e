"""The attacks against problems of ours: each contained, nothing left behind. CI runs a sample, `make verify` all.

The sample changes with the commit, so that a few run all; the seed is printed, and EVOLVE_ATTACK_SEED repeats it.
"""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from evaluators.audit.attack_set import Attack, load_attacks
from evaluators.audit.red_team import RedTeam, run_attacks
from tests.support.red_teaming import failures
from tests.support.traces import on_the_host

ROOT = Path(__file__).parents[2]
TARGETS = (
    ("skeleton", None),
    ("scheduling/single-machine-tardiness", "priority"),
    ("scheduling/single-machine-tardiness", "sequence"),
    ("scheduling/online-flow-time", "priority"),
    ("scheduling/r-constraintbench", "priority"),
)
MORE_TARGETS = (("packing/online-bin-packing", "priority"),)
"""Left to `make verify`."""
CORE = (
    "answers_in_frames", "answers_sent_twice", "daemon", "decisions_by_everything_visible", "fork_bomb", "honest_plain",
    "memory_in_many_processes", "mutated_request", "network", "patched_clocks", "simulator_starved_of_memory",
)  # fmt: skip
SAMPLE = 24


def seed() -> str:
    given = os.environ.get("EVOLVE_ATTACK_SEED")
    if given:
        return given
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "no commit"


def sample(label: str) -> list[Attack]:
    """The core and some more, others for each target and each commit."""
    attacks = load_attacks("python")
    others = [attack for attack in attacks if attack.name not in CORE]
    drawn = random.Random(f"{seed()}/{label}").sample(others, SAMPLE)
    return sorted([attack for attack in attacks if attack.name in CORE] + drawn, key=lambda attack: attack.name)


def team_against(red_team, problem: str, entry: str | None) -> RedTeam:
    return red_team(ROOT / "evolve" / "skeleton" if problem == "skeleton" else problem, entry)


@pytest.mark.parametrize(("problem", "entry"), TARGETS)
def test_a_sample_is_contained(red_team, problem, entry) -> None:
    team = team_against(red_team, problem, entry)
    print(f"EVOLVE_ATTACK_SEED={seed()}")
    before = on_the_host()
    assert team.inspect() == []
    results = run_attacks(team, sample(f"{problem}/{entry}"))
    assert failures(results) == []
    assert on_the_host() == before


@pytest.mark.verify
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("problem", "entry"), TARGETS + MORE_TARGETS)
def test_all_are_contained_twice_in_a_row(red_team, problem, entry) -> None:
    team = team_against(red_team, problem, entry)
    before = on_the_host()
    for _ in range(2):
        results = run_attacks(team, team.attacks.values())
        assert failures(results) == []
    assert on_the_host() == before


# ---- the set itself --------------------------------------------------------------------------------------------------


def test_there_are_many_and_each_says_what_it_wants() -> None:
    attacks = load_attacks("python")
    honest = [attack for attack in attacks if attack.honest]
    assert len(honest) >= 20
    assert len(attacks) - len(honest) >= 60
    assert all(attack.success for attack in attacks if not attack.honest)
    assert len({attack.title for attack in attacks}) == len(attacks)
    assert set(CORE) <= {attack.name for attack in attacks}


def test_no_group_is_left_when_a_pool_closes() -> None:
    """Nor a process: a campaign's group could not be removed with one in it."""
    from sandboxes import open_pool
    from sandboxes.cgroups import PREFIX, hierarchies

    ours = f"{PREFIX}{os.getpid()}"

    def groups() -> set[str]:
        return {str(found) for top in hierarchies() for found in top.rglob(f"{ours}*")}

    before = groups()
    with open_pool("bubblewrap", slots=1) as pool:
        from evaluators.registry import load_problem

        problem = load_problem(str(ROOT / "evolve" / "skeleton"))
        team = RedTeam(problem, problem.spec.entry_point(), pool)
        wanted = [team.attacks[name] for name in ("daemon", "fork_bomb", "zombies", "memory_in_many_processes")]
        assert failures(run_attacks(team, wanted)) == []
    assert groups() == before
