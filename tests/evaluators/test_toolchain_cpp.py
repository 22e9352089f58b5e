"""C++ candidates from source to verdict."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from evaluators.audit.elites import EliteAudit
from evaluators.baselines import baseline
from evaluators.candidate import Candidate
from evaluators.cascade import Evaluator
from evaluators.declaration import EntryPoint, Timing
from evaluators.registry import load_problem
from evaluators.timing import Times, trimmed_mean
from evaluators.toolchains import build_cache, toolchain
from evaluators.toolchains.cpp_gate import check_symbols, lines_digest
from evaluators.toolchains.cpp_source import SourceError
from evaluators.verdicts import Verdict
from sandboxes import SandboxPool, open_pool
from tests.support.compiled import need_memory_cgroup
from tests.support.docker_engine import docker_host

HEAD = "#include <cstddef>\n#include <cstdint>\n#include <thread>\n"
SIGNATURE = "void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n)"
SCAN = f"{SIGNATURE} {{ std::uint64_t s = 0; for (std::size_t i = 0; i < n; ++i) out[i] = s += in[i]; }}\n"
ENTRY = EntryPoint("prefix_sum", SIGNATURE, ("in", "out", "n"), "candidate.cpp", "harness/driver.cpp")
CPP = toolchain("cpp")


def program(text: str) -> Candidate:
    return Candidate.of_text(text, "candidate.cpp", "cpp")


@pytest.fixture(scope="module", params=["bubblewrap", pytest.param("docker", marks=pytest.mark.verify)])
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxPool]:
    """One slot of each backend in turn, and builds of its own; on Docker CI only runs some attacks."""
    where = request.getfixturevalue("engine") if request.param == "docker" else os.environ["DOCKER_HOST"]
    with docker_host(where):
        opened = open_pool(request.param, slots=1, preload=())
    with opened, pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOLVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield opened


@pytest.fixture(scope="module")
def evaluator(pool: SandboxPool) -> Evaluator:
    problem = load_problem("kernels/prefix-sum")
    need_memory_cgroup(pool)
    assert toolchain("cpp").lacking(problem.spec, pool) == ""
    spec = replace(problem.spec, timing=Timing("serial", 2))
    return Evaluator(type(problem)(spec), pool, spec.entry_point())


def test_signatures():
    assert CPP.arguments("prefix_sum", SIGNATURE) == ("in", "out", "n")
    for wrong in ("int prefix_sum(int* a)", "void other(int* a)", "void prefix_sum(int)", "def prefix_sum(a)"):
        with pytest.raises(ValueError, match="a signature like"):
            CPP.arguments("prefix_sum", wrong)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("int main() {}", "must define"),
        (SCAN + "/* open", "comment does not end"),
        (SCAN + 'asm("nop");', "'asm'"),
        (SCAN + "a\\\nsm(1);", "'asm'"),
        (SCAN + 'const char* s = R"(x)";', "raw string"),
        (SCAN + '/* */ # /* */ line 3 "x"', "#line"),
        (SCAN + "%: 3", "#line"),
        (SCAN + "// " + "x" * 20_000, "longer than 20000 bytes"),
    ],
)
def test_screened_out(source, says):
    screened = CPP.screen(program(source), ENTRY, 20_000)
    assert not screened.accepted and says in screened.feedback


def test_words_in_comments_and_strings_pass_the_screen():
    assert CPP.screen(program(SCAN + '// asm\n/* weak */ const char* s = "asm";'), ENTRY, 20_000).accepted


def test_the_normal_form_forgets_comments_and_layout_only():
    def key(text: str) -> str:
        return CPP.screen(program(text), ENTRY, 20_000).dedupe_key

    assert key(HEAD + SCAN) == key(
        HEAD.replace("\n", " // why\n") + "\n" + SCAN.replace(" ", "   ").replace("{", "{\n")
    )
    assert key(HEAD + SCAN) != key(HEAD + SCAN.replace("s = 0", "s = 1"))
    assert key("#define A\nint x;" + SCAN) != key("#define A int x;\n" + SCAN)
    assert key("int a = 1'000;" + SCAN) != key("int a = 1'001;" + SCAN)


def test_the_gate_knows_whose_lines_are_whose():
    theirs = '# 1 "/usr/include/x.h" 1 3\nint __tsan_theirs;\n'
    mine = f'# 1 "candidate.cpp"\nint mine;\n{theirs}# 3 "candidate.cpp" 2\nint too;'
    assert lines_digest(mine, "candidate.cpp") == lines_digest(mine.replace("theirs", "others"), "candidate.cpp")
    for bad in (mine.replace("mine", "__tsan_mine"), mine.replace("/usr/include/x.h", "/usr/include/../../etc/passwd")):
        with pytest.raises(SourceError):
            lines_digest(bad, "candidate.cpp")


@pytest.mark.parametrize(
    "symbol", ["main T", "write T", "_ZNSt6thread4joinEv T", "_Znwm T", "__tsan_read8 t", "malloc W"]
)
def test_the_gate_refuses_symbols_of_others(symbol):
    listing = "_Z10prefix_sumPKlPlm T 0 1\n_Z6helperv T 0 1\n_ZNSt6vectorIlE W 0\nDW.ref.__gxx V 0\nmalloc U\n"
    check_symbols(listing, "prefix_sum")
    with pytest.raises(SourceError, match="must not define"):
        check_symbols(f"{listing}{symbol} 0 1\n", "prefix_sum")


def test_both_baselines_pass_everything(evaluator):
    for name in ("serial", "two_pass"):
        found = evaluator.evaluate(baseline(evaluator.problem.spec, evaluator.entry, name), "train")
        assert found.verdict is Verdict.OK, found.feedback
        assert [stage.name for stage in found.stages] == ["screen", "build", "smoke", "train", "memory", "races"]
        assert found.score is not None and found.confidence is not None
        assert found.instance_scores is not None and len(found.instance_scores) == 3
        assert set(found.values) == {"cpu", "elapsed"}
        if name == "serial":  # measured against itself
            assert 50 < found.score < 200


def test_more_work_costs_more(evaluator):
    slow = SCAN.replace("{ std", "{ for (volatile std::size_t k = 0; k < 8 * n;) k = k + 1; std", 1)
    found = evaluator.evaluate(program(HEAD + slow), "train", stages=["train"])
    assert found.score is not None and found.score > 200


FAILURES: dict[str, tuple[str, Verdict, str, tuple[str, ...]]] = {
    "syntax": (SCAN + "int x = ;", Verdict.BUILD_ERROR, "build", ("candidate.cpp:", "error:")),
    "other signature": (SCAN.replace("std::size_t n", "int n"), Verdict.REJECTED, "build", ("exactly this function",)),
    "wrong": (SCAN.replace("s = 0", "s = 1"), Verdict.WRONG_ANSWER, "smoke", ("the sum up to number 0",)),
    "crash": (SCAN.replace("{ ", "{ throw 1; ", 1), Verdict.RUNTIME_ERROR, "smoke", ("signal 6",)),
    "overflow": (
        SCAN.replace("std::uint64_t s", "std::int64_t s"), Verdict.MEMORY_ERROR, "memory", ("signed integer overflow",)
    ),
    "race": (
        "static long t = 0;\nstatic void f() { for (int i = 0; i < 999; ++i) t = t + 1; }\n"
        + SCAN.replace("{ ", "{ std::thread a(f), b(f); a.join(); b.join(); ", 1),
        Verdict.DATA_RACE, "races", ("Read of size 8", "revious write of size 8", "candidate.cpp:5"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_verdict_and_feedback(evaluator, name):
    source, verdict, stage, said = FAILURES[name]
    found = evaluator.evaluate(program(HEAD + source), "train")
    assert (found.verdict, found.stage) == (verdict, stage), found.feedback
    assert found.score is None and all(text in found.feedback for text in said), found.feedback


def test_the_audit_passes_an_honest_kernel_and_catches_one_that_counts_on_the_order(evaluator):
    assert EliteAudit(evaluator).run(program(HEAD + SCAN), "train", 3).verdict is Verdict.OK
    ordered = SCAN.replace("{ ", "{ static std::size_t before = 0; if (n < before) return; before = n; ", 1)
    said = EliteAudit(evaluator).run(program(HEAD + ordered), "train", 0)
    assert said.verdict is Verdict.NONDETERMINISTIC and "passed before" in said.feedback


def test_builds_are_kept_and_damage_is_noticed(evaluator, monkeypatch):
    candidate = program(HEAD + SCAN + "// kept\n")
    runs: list[object] = []
    real = evaluator.pool.run
    monkeypatch.setattr(evaluator.pool, "run", lambda job, gate=None: runs.append(job) or real(job, gate))
    for expected in (1, 1):
        assert evaluator.evaluate(candidate, "train", stages=["build"]).verdict is Verdict.OK
        assert len(runs) == expected
    for kept in build_cache.folder().iterdir():
        kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert evaluator.evaluate(candidate, "train", stages=["build"]).verdict is Verdict.OK
    assert len(runs) == 2


def test_refused_in_one_sentence_without_cgroups_or_compiler(evaluator, monkeypatch):
    pool, spec = evaluator.pool, evaluator.problem.spec
    monkeypatch.setattr(pool, "capabilities", replace(pool.capabilities, memory="rlimit"))
    said = CPP.lacking(spec, pool)
    assert said.startswith("kernels/prefix-sum is in C++") and "cgroup" in said and "\n" not in said


def test_trimmed_mean_and_interval():
    assert trimmed_mean(np.array([[0.0, 1.0, 2.0, 3.0, 90.0]])) == pytest.approx([2.0])
    assert trimmed_mean(np.array([[7.0]])) == pytest.approx([7.0])
    times = Times("cpu", {"cpu": np.log(np.full((2, 5), 0.5)), "elapsed": np.zeros((2, 5))}, np.zeros(2))
    assert times.scores() == pytest.approx([50.0, 50.0])
    assert times.scores("elapsed") == pytest.approx([100.0, 100.0])
    assert times.interval() == pytest.approx((50.0, 50.0))
