"""The parlay headers: programs that compare them with the standard library, in each build, under the sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parent / "parlay"
HEADERS = Path(__file__).resolve().parents[3] / "evaluators" / "kernels" / "include"
BUILDS = {
    "fast": (),
    "serial": ("-DEVOLVE_PARLAY_SERIAL",),
    "threads": ("-DEVOLVE_PARLAY_THREADS",),
}
MEMORY = "-fsanitize=address,undefined"
RACES = "-fsanitize=thread"
CLANG = next((name for name in ("clang++", "clang++-19", "clang++-14") if shutil.which(name)), "clang++")
COMPILERS = [pytest.param("g++"), pytest.param(CLANG, marks=pytest.mark.verify)]
# What CI compiles; the rest of the product of programs, builds and sanitizers is left to `make verify`.
IN_CI = {
    ("forking", "fast", MEMORY),
    ("sums", "fast", MEMORY),
    ("orders", "fast", MEMORY),
    ("forking", "fast", RACES),
    ("forking", "serial", ""),
    ("forking", "threads", RACES),
}
CASES = [
    pytest.param(name, build, sanitizer, marks=() if (name, build, sanitizer) in IN_CI else pytest.mark.verify)
    for name in ("forking", "sums", "orders")
    for build in BUILDS
    for sanitizer in ("", MEMORY, RACES)
    if not (build == "serial" and sanitizer == RACES)
]


def built(target: Path, name: str, *flags: str, compiler: str = "g++") -> Path:
    """A test program, compiled without a warning."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = PROGRAMS / f"{name}.cpp"
    command = [compiler, "-std=c++17", "-g", "-Wall", "-Wextra", "-Werror", f"-I{HEADERS}", *flags, "-pthread"]
    done = subprocess.run([*command, "-o", target, source], capture_output=True, text=True, timeout=300)
    if "cannot find" in done.stderr and "libclang_rt" in done.stderr:
        pytest.skip(f"the sanitizers' libraries for {compiler} are not installed")
    assert done.returncode == 0, done.stderr[:4000]
    return target


def run(program: Path, threads: int = 3) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PARLAY_NUM_THREADS": str(threads), "TSAN_OPTIONS": "halt_on_error=1"}
    return subprocess.run([program], capture_output=True, text=True, timeout=600, env=environment)


@pytest.mark.parametrize(("name", "build", "sanitizer"), CASES)
def test_results_are_those_of_the_standard_library(name: str, build: str, sanitizer: str, tmp_path: Path) -> None:
    flags = [*BUILDS[build], *([sanitizer] if sanitizer else []), "-O0" if sanitizer == MEMORY else "-O1"]
    done = run(built(tmp_path / name, name, *flags))
    assert done.returncode == 0, done.stdout + done.stderr[:4000]


@pytest.mark.verify
@pytest.mark.parametrize("threads", [1, 2, 16])
@pytest.mark.parametrize("standard", ["-std=c++17", "-std=c++20"])
def test_with_few_threads_and_many(threads: int, standard: str, tmp_path: Path) -> None:
    for name in ("forking", "sums"):
        program = built(tmp_path / name, name, standard, "-O3", "-march=native", "-DNDEBUG")
        for _ in range(10):
            done = run(program, threads)
            assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("compiler", COMPILERS)
def test_one_racing_pair_of_iterations_is_found_each_time_and_none_where_there_is_none(
    compiler: str, tmp_path: Path
) -> None:
    flags = ("-DEVOLVE_PARLAY_THREADS", RACES, "-O1")
    racy = built(tmp_path / "racy", "race", *flags, compiler=compiler)
    clean = built(tmp_path / "clean", "race", "-DCLEAN", *flags, compiler=compiler)
    for _ in range(5):
        assert "data race" in run(racy).stderr
        assert run(clean).returncode == 0


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
def test_a_thread_that_was_asleep_runs_on_a_processor_of_its_own(tmp_path: Path) -> None:
    """A kernel may wake it where it slept, behind the thread that wakes it; then in all rounds but a few."""
    done = run(built(tmp_path / "apart", "apart", "-O2"), threads=2)
    assert int(done.stdout) >= 10


@pytest.mark.parametrize("compiler", COMPILERS)
def test_a_kernel_compiles_soon(compiler: str, tmp_path: Path) -> None:
    """CPU seconds, so that a busy machine does not matter much; the aim is 1.5 s on one of 2024."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = tmp_path / "kernel.cpp"
    source.write_text(
        "#include <parlay/primitives.h>\n"
        "long kernel(const parlay::sequence<long>& x) {\n"
        "  auto sums = parlay::scan(x).first;\n"
        "  return parlay::reduce(parlay::filter(sums, [](long v) { return v % 2 == 1; }));\n"
        "}\n"
    )
    command = [
        compiler,
        "-std=c++20",
        "-O3",
        "-march=native",
        f"-I{HEADERS}",
        "-c",
        source,
        "-o",
        tmp_path / "kernel.o",
    ]
    before = os.times()
    subprocess.run(command, check=True, timeout=120)
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 6
