"""Builds and compiled programs inside the walls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandboxes import Job, Limits, Native, Outcome, Reason, SandboxPool, SandboxUnavailableError
from sandboxes.building import Step, build_job, read_build
from tests.support.compiled import need_memory_cgroup

MEBIBYTE = 1 << 20
SOURCE = r"""
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static void work(long rounds) { for (volatile long i = 0; i < rounds; i = i + 1) continue; }

int main() {
    auto* shared = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 5, 0));
    std::uint32_t size = 0;
    if (write(4, &size, 4) != 4) return 1;
    for (;;) {
        if (read(3, &size, 4) != 4) return 7;
        std::string word(size, 0);
        for (std::uint32_t at = 0; at < size;) at += read(3, &word[at], size - at);
        if (word == "abort") std::abort();
        if (word == "terminate") raise(SIGTERM);
        if (word == "segment") *static_cast<volatile int*>(nullptr) = 1;
        if (word == "leave") _exit(9);
        if (word == "fork") word += fork() == -1 ? " refused" : " allowed";
        if (word == "variable") word = std::getenv("SET_OUTSIDE");
        if (word == "write") word += open("/x", O_CREAT | O_WRONLY, 0600) == -1 ? " refused" : " allowed";
        if (word == "binary") word += open("/proc/self/exe", O_WRONLY) == -1 ? " refused" : " allowed";
        if (word == "resize") word += ftruncate(5, 1 << 20) == -1 ? " refused" : " allowed";
        if (word == "priority") word += setpriority(PRIO_PROCESS, 0, 1) == -1 ? " refused" : " allowed";
        if (word == "affinity") {
            cpu_set_t set;
            const bool done = !sched_getaffinity(0, sizeof set, &set) && !sched_setaffinity(0, sizeof set, &set);
            word += done ? " allowed" : " refused";
        }
        if (word == "memory") for (;;) std::memset(std::malloc(1 << 20), 1, 1 << 20);
        if (word == "threads") for (;;) std::thread([] { sleep(1000); }).detach();
        if (word == "print") for (;;) std::puts("on and on and on");
        if (word == "spin") for (;;) continue;
        if (word == "late") std::thread([=] { work(300'000'000); shared[0] = 'L'; }).detach();
        if (word == "threads that work") {
            std::thread one(work, 100'000'000), other(work, 100'000'000);
            one.join();
            other.join();
        }
        shared[1] = 'S';
        size = word.size();
        if (write(4, &size, 4) != 4 || write(4, word.data(), size) != size) return 1;
    }
}
"""
LIMITS = Limits(cpu_seconds=1.0, wall_seconds=4.0, memory_bytes=64 * MEBIBYTE)


@pytest.fixture(scope="module")
def binary(pool: SandboxPool) -> bytes:
    need_memory_cgroup(pool)
    step = Step(("g++", "-std=c++20", "-O1", "-w", "-pthread", "program.cpp", "-o", "program"))
    outcome = pool.run(build_job({"program.cpp": SOURCE.encode()}, (step,), ("program",)))
    built = read_build(outcome, ("program",))
    assert built.ok, built.diagnostics
    return built.artefacts["program"]


def run(pool: SandboxPool, binary: bytes, *words: str, **limits: float) -> Outcome:
    native = Native(binary, {"SET_OUTSIDE": "seen"}, shared_bytes=4096)
    return pool.run(Job("", {}, tuple(map(str.encode, words)), limits=replace(LIMITS, **limits), native=native))


def test_frames_environment_and_shared_memory(pool, binary):
    outcome = run(pool, binary, "one", "", "variable")
    assert outcome.reason is Reason.FINISHED, outcome
    assert outcome.responses == (b"one", b"", b"seen")
    assert outcome.shared[:3] == b"\0S\0" and len(outcome.shared) == 4096


@pytest.mark.parametrize(
    ("word", "reason", "code", "number"),
    [
        ("abort", Reason.SIGNALLED, None, 6),
        ("terminate", Reason.SIGNALLED, None, 15),
        ("segment", Reason.SIGNALLED, None, 11),
        ("leave", Reason.EXITED, 9, None),
        ("memory", Reason.MEMORY_LIMIT, None, None),
        ("threads", Reason.PROCESS_LIMIT, None, None),
        ("print", Reason.OUTPUT_LIMIT, None, None),
        ("spin", Reason.CPU_LIMIT, None, None),
    ],
)
def test_how_it_ends(pool, binary, word, reason, code, number):
    outcome = run(pool, binary, "hello", word)
    assert (outcome.reason, outcome.exit_code) == (reason, code), outcome
    assert number is None or outcome.signal == number
    assert outcome.responses == (b"hello",)


@pytest.mark.parametrize("word", ["fork", "write", "binary", "resize", "priority"])
def test_what_it_may_not(pool, binary, word):
    assert run(pool, binary, word).responses == (f"{word} refused".encode(),)


def test_its_threads_may_part_among_the_processors(pool, binary):
    assert run(pool, binary, "affinity").responses == (b"affinity allowed",)


def test_the_clock_has_all_threads_and_work_after_the_answer_is_not_in_the_result(pool, binary):
    outcome = run(pool, binary, "hello", "threads that work", cpu_seconds=4.0)
    assert 0.02 < outcome.response_cpu_seconds[1] < outcome.cpu_seconds
    assert outcome.response_cpu_seconds[0] < 0.01
    late = run(pool, binary, "late")
    assert late.reason is Reason.FINISHED
    assert late.shared[0] == 0


def test_jobs_in_turn_share_a_slot(pool, binary):
    jobs = [Job("", {}, (word,), limits=LIMITS, native=Native(binary, {}, 4096)) for word in (b"one", b"two")]
    assert [outcome.responses for outcome in pool.run_in_turn(jobs)] == [(b"one",), (b"two",)]


def test_refused_without_limits_by_cgroup(pool, monkeypatch):
    monkeypatch.setattr(pool, "capabilities", replace(pool.capabilities, memory="rlimit"))
    with pytest.raises(SandboxUnavailableError, match="memory limits by cgroup"):
        run(pool, b"")


def test_a_build_says_which_step_failed_and_why(pool):
    steps = (Step(("true",)), Step(("sh", "-c", "echo complaint >&2; exit 3")), Step(("true",)))
    built = read_build(pool.run(build_job({}, steps, ())), ())
    assert (built.ok, built.failed_step, built.exit_code, built.diagnostics) == (False, 1, 3, "complaint\n")
    missing = read_build(pool.run(build_job({}, (Step(("no-such-compiler",)),), ())), ())
    assert (missing.ok, missing.exit_code) == (False, 127)


def test_a_build_gives_what_it_made(pool):
    steps = (Step(("cat", "a.txt", "below/it/b.txt"), "both.txt"),)
    sources = {"a.txt": b"A", "below/it/b.txt": b"B"}
    built = read_build(pool.run(build_job(sources, steps, ("both.txt",))), ("both.txt",))
    assert built.ok and built.artefacts == {"both.txt": b"AB"}
    for outside in ("../a.txt", "/a.txt", "below/../../a.txt", "below//a.txt", "."):
        with pytest.raises(ValueError, match="a path below its folder"):
            build_job({outside: b""}, steps, ())
