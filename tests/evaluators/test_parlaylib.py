"""Candidates against an installed ParlayLib: whose headers they are compiled with, and what tells the results apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.kernels.calling import CompileError, kernel
from evaluators.registry import load_problem
from evaluators.toolchains.parlaylib import VARIABLE, ParlayLib, ParlayLibError, chosen, read
from sandboxes import SandboxPool, open_pool
from tests.support.compiled import need_memory_cgroup
from tests.support.docker_engine import docker_host
from tests.support.stand_in import stand_in

ASK = "#include <cstddef>\n#include <parlay/parallel.h>\nvoid ask(int* out) { *out = parlay::stand_in; }\n"
SIGNATURE = "void ask(i32* out)"
SUM = """#include <cstddef>
#include <cstdint>
#include <parlay/parallel.h>
void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = %s;
    for (std::size_t i = 0; i < n; ++i) out[i] = sum += in[i];
}
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path / "cache"))


def asked(**include: Path) -> int:
    out = np.zeros(1, dtype=np.int32)
    kernel(ASK, SIGNATURE, **include)(out)
    return int(out[0])


def test_a_kernel_is_compiled_with_the_headers_named_and_again_when_they_change(cache, tmp_path, monkeypatch):
    with pytest.raises(CompileError, match="stand_in"):
        kernel(ASK, SIGNATURE)
    one, two = stand_in(tmp_path / "one", 1), stand_in(tmp_path / "two", 2)
    assert asked(parlay_include=one) == 1
    assert asked(parlay_include=two) == 2
    monkeypatch.setenv(VARIABLE, str(tmp_path / "one"))
    assert asked() == 1
    assert asked(parlay_include=two) == 2
    header = two / "parlay" / "parallel.h"
    header.write_text(header.read_text(encoding="utf-8").replace("stand_in = 2", "stand_in = 3"), encoding="utf-8")
    assert asked(parlay_include=two) == 3


def test_a_digest_tells_names_and_contents_and_nothing_else(tmp_path):
    one, two = read(stand_in(tmp_path / "one"), "here"), read(stand_in(tmp_path / "two"), "here")
    assert one.digest == two.digest
    assert one.files.keys() == two.files.keys()
    assert all(name.startswith("parlay/") for name in one.files)
    (tmp_path / "two" / "include" / "other.h").write_text("int x;\n", encoding="utf-8")
    assert read(tmp_path / "two" / "include", "here").digest == one.digest
    (tmp_path / "two" / "include" / "parlay" / "more.h").write_text("int x;\n", encoding="utf-8")
    assert read(tmp_path / "two" / "include", "here").digest != one.digest


def test_what_is_no_parlaylib_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(ParlayLibError, match=r"--parlay-include: there is no parlay/parallel\.h in .*nowhere; it must"):
        chosen(tmp_path / "nowhere", "--parlay-include")
    with pytest.raises(ParlayLibError, match=r"candidates in C\+\+, and these are in python"):
        chosen(stand_in(tmp_path), "--parlay-include", "python")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ParlayLibError, match=rf"{VARIABLE}: there is no parlay/parallel\.h in .*nowhere/include"):
        chosen(None, "--parlay-include")
    assert chosen(None, "--parlay-include", "python") is None
    monkeypatch.delenv(VARIABLE)
    assert chosen(None, "--parlay-include") is None


# ---- in the sandbox -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    with docker_host(os.environ["DOCKER_HOST"]):
        opened = open_pool("bubblewrap", slots=1, preload=())
    with opened, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        need_memory_cgroup(opened)
        yield opened


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ParlayLib:
    return read(stand_in(tmp_path_factory.mktemp("parlaylib")), "here")


def evaluator(pool: SandboxPool, library: ParlayLib | None) -> Evaluator:
    problem = load_problem("kernels/prefix-sum")
    timing = problem.spec.timing
    assert timing is not None
    spec = replace(problem.spec, timing=replace(timing, pairs=1))
    return Evaluator(type(problem)(spec), pool, spec.entry_point(), library)


def judged(evaluator: Evaluator, start: str, *stages: str) -> tuple[str, str, str]:
    found = evaluator.evaluate(Candidate.of_text(SUM % start, "candidate.cpp", "cpp"), "train", stages=stages)
    return found.stage, found.verdict.value, found.feedback


def test_what_is_timed_is_built_with_it_and_what_looks_for_errors_is_not(pool, library):
    with_it, without = evaluator(pool, library), evaluator(pool, None)
    only_theirs = "parlay::stand_in - 1"
    assert judged(without, only_theirs, "smoke")[:2] == ("build", "build_error")
    assert judged(with_it, only_theirs, "smoke")[:2] == ("smoke", "ok")
    stage, verdict, said = judged(with_it, only_theirs, "smoke", "memory")
    assert (stage, verdict) == ("memory", "build_error")
    assert "stand_in" in said
    assert judged(with_it, "0", "smoke", "memory")[1] == "ok"


def test_scores_with_and_without_it_are_of_different_environments(pool, library, tmp_path):
    with_it, without = evaluator(pool, library), evaluator(pool, None)
    other = evaluator(pool, read(stand_in(tmp_path, 2), "here"))
    assert len({with_it.environment, without.environment, other.environment}) == 3
    assert with_it.facts.items() - without.facts.items() == {("parlaylib", library.digest[:16])}
