"""Every C++ attack shipped gets a verdict its header expects, and the honest programs pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.problem import Timing
from evaluators.registry import load_problem
from evaluators.toolchains import toolchain
from sandboxes import SandboxPool, open_pool

FOLDER = Path(__file__).parents[2] / "evaluators" / "audit" / "attacks" / "cpp"
ATTACKS = sorted(FOLDER.glob("*.cpp"))
SAMPLE = frozenset(
    "answer_before_the_work late_thread forged_frames static_exit network processes host_files include_device "
    "include_driver own_write thread_bomb race race_interposed_pasted race_other_code write_beyond "
    "honest_threads".split()
)
"""What continuous integration runs; ``make verify`` runs all."""


def header(source: str) -> dict[str, str]:
    lines = source[: source.index("\n#")].splitlines()
    return dict(match.groups() for line in lines if (match := re.fullmatch(r"// ([\w-]+): (.+)", line)))


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    with pytest.MonkeyPatch.context() as patch, open_pool(slots=1, preload=()) as opened:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        lacking = toolchain("cpp").lacking(load_problem("kernels/prefix-sum").spec, opened)
        if lacking and opened.capabilities.memory != "cgroup":
            pytest.skip(lacking)
        assert lacking == ""
        yield opened


def marked(path: Path) -> object:
    return pytest.param(path, id=path.stem, marks=() if path.stem in SAMPLE else pytest.mark.verify)


@pytest.mark.parametrize("path", [marked(path) for path in ATTACKS])
def test_attack(pool: SandboxPool, path: Path) -> None:
    source = path.read_text()
    told = header(source)
    problem = load_problem("kernels/prefix-sum")
    limits = dict(pair.split("=") for pair in told.get("limits", "").split(",") if pair)
    spec = replace(
        problem.spec,
        limits={**problem.spec.limits, **{name: float(value) for name, value in limits.items()}},
        timing=Timing("serial", 1),
    )
    evaluator = Evaluator(type(problem)(spec), pool, spec.entry_point())
    found = evaluator.evaluate(Candidate.of_text(source, "candidate.cpp", "cpp"), "train")
    assert found.verdict in told["expect"].split(", "), f"{found.verdict} in {found.stage}: {found.feedback}"
    assert found.stage == told.get("at", found.stage)
    assert found.stage == "build" or found.resources.orphans_killed == 0


def test_there_are_enough_and_their_headers_are_whole() -> None:
    told = [header(path.read_text()) for path in ATTACKS]
    assert all(one.keys() >= {"title", "kind", "expect"} for one in told)
    kinds = [one["kind"] for one in told]
    assert kinds.count("honest") >= 4 and len(kinds) - kinds.count("honest") >= 24
    assert {path.stem for path in ATTACKS} >= SAMPLE
