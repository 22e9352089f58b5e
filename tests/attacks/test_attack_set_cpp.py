"""The attacks in C++: each contained by the first kernel's evaluation. CI runs a few, `make verify` all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from evaluators.audit.attack_set import load_attacks
from evaluators.audit.leaks import Leak
from evaluators.audit.red_team import RedTeam, run_attacks
from evaluators.registry import load_problem, locate
from evaluators.toolchains import toolchain
from sandboxes import SandboxPool, open_pool
from tests.support.compiled import need_memory_cgroup
from tests.support.red_teaming import failures
from tests.support.traces import on_the_host

PROBLEM = "kernels/prefix-sum"
SAMPLE = {
    "bubblewrap": (
        "answer_before_the_work", "forged_frames", "honest_threads", "include_device", "late_thread", "own_write",
        "race", "race_interposed_pasted", "static_exit", "thread_bomb", "write_beyond",
    ),
    "docker": ("forged_frames", "include_secrets", "late_thread", "race", "thread_bomb", "write_beyond"),
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def team(attacked_pool: SandboxPool, red_team: Callable[..., RedTeam]) -> RedTeam:
    need_memory_cgroup(attacked_pool)
    assert toolchain("cpp").lacking(load_problem(PROBLEM).spec, attacked_pool) == ""
    return red_team(PROBLEM)


def test_a_sample_is_contained(team: RedTeam, attacked_pool: SandboxPool) -> None:
    before = on_the_host()
    results = run_attacks(team, [team.attacks[name] for name in SAMPLE[attacked_pool.capabilities.backend]])
    assert failures(results) == []
    assert all(result.verdict is not None for result in results)
    assert on_the_host() == before


@pytest.mark.verify
@pytest.mark.timeout(1200)
def test_all_are_contained_twice_in_a_row(team: RedTeam) -> None:
    before = on_the_host()
    assert team.inspect() == []
    for _ in range(2):
        results = run_attacks(team, team.attacks.values())
        assert failures(results) == []
        assert all(result.verdict is not None for result in results)
    assert on_the_host() == before


def test_an_evaluation_that_checks_short_sums_only_is_found_out(tmp_path) -> None:
    folder = tmp_path / "leaky"
    shutil.copytree(locate(PROBLEM), folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "problem.py").read_text()
    check = "if not np.array_equal(found, expected)"
    assert check in text
    (folder / "problem.py").write_text(text.replace(check, f"{check} and len(found) < 2000"))
    leaky = load_problem(str(folder))
    with open_pool("bubblewrap", slots=1, preload=()) as pool:
        need_memory_cgroup(pool)
        team = RedTeam(leaky, leaky.spec.entry_point(), pool)
        (result,) = team.run(team.attacks["wrong_for_large_only"])
    assert result.finding is not None, result
    assert result.finding.leak is Leak.WRONG_ACCEPTED


def test_there_are_enough() -> None:
    attacks = load_attacks("cpp")
    honest = [attack for attack in attacks if attack.honest]
    assert len(honest) >= 4 and len(attacks) - len(honest) >= 24
    assert len({attack.title for attack in attacks}) == len(attacks)
