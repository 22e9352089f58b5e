"""How many children build, whether they count right in parallel, and a campaign that makes a serial kernel faster."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random

import pytest

from evaluators.toolchains.cpp_build import COMPILER
from evaluators.toolchains.cpp_headers import headers
from evolve.proposers.genetic.cpp import privatise
from evolve.proposers.genetic.cpp.source import Program
from evolve.proposers.genetic.cpp.variation import CppVariation
from tests.support.kernels import KERNELS, entry_of, sources

MUTANTS, CROSSINGS = 6, 4
LEAST_SHARE = 0.7
FLAGS = ("-std=c++20", "-pthread", "-Iinclude", "-fsyntax-only", "-fmax-errors=1")


def builds(text: str, folder: Path) -> str:
    """The compiler's first complaint, empty if it has none."""
    (folder / "candidate.cpp").write_text(text)
    done = subprocess.run(
        [COMPILER, *FLAGS, "candidate.cpp"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    return "" if done.returncode == 0 else next((line for line in done.stderr.splitlines() if "error" in line), "?")


DRIVER = """
#include <cstdint>
#include <cstdio>
#include <vector>
using Numbers = std::vector<std::int64_t>;
void exclusive_scan(const std::int64_t*, std::size_t, std::int64_t*, std::int64_t*);
void filter_odd(const std::int64_t*, std::size_t, std::int64_t*, std::size_t*);
void reduce_sum(const std::int64_t*, std::size_t, std::int64_t*);
void histogram(const std::uint32_t*, std::size_t, std::size_t, std::int64_t*);
int main() {
    for (std::size_t n : {0u, 1u, 5u, 1023u, 1024u, 200003u}) {
        Numbers x(n), y(n + 1), scanned(n + 1), odd, counts(7), counted(7);
        std::vector<std::uint32_t> keys(n);
        std::int64_t sum = 0, total = -1, reduced = -1;
        for (std::size_t i = 0; i < n; ++i) {
            x[i] = static_cast<std::int64_t>(i * i % 1009) - 300, keys[i] = i * i % 7, scanned[i] = sum, sum += x[i];
            ++counted[keys[i]];
            if (x[i] & 1) odd.push_back(x[i]);
        }
        exclusive_scan(x.data(), n, y.data(), &total);
        if (y != scanned || total != sum) return 1;
        std::size_t kept = 0;
        Numbers found(n);
        filter_odd(x.data(), n, found.data(), &kept);
        found.resize(kept);
        if (found != odd) return 2;
        reduce_sum(x.data(), n, &reduced);
        if (reduced != sum) return 3;
        histogram(keys.data(), n, 7, counts.data());
        if (counts != counted) return 4;
    }
}
"""


def put_headers(folder: Path) -> None:
    for name, content in headers(b"#include <parlay/parallel.h>\n").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@pytest.mark.verify
@pytest.mark.timeout(600)
def test_accumulation_in_parallel_keeps_its_meaning(tmp_path: Path) -> None:
    put_headers(tmp_path)
    serial = {problem: Program(sources(problem)[0]) for problem in KERNELS}
    copies = partial(privatise.private_copies, entry_of("kernels/histogram"))
    named = [copies(serial["kernels/histogram"], Random(seed)) or "" for seed in range(20)]
    sets = (
        {"filter": privatise.two_passes, "reduce-sum": privatise.reduce},
        {"filter": privatise.two_passes, "reduce-sum": privatise.partial_results},
    )
    for number, chosen in enumerate(sets):
        texts = [mutate(serial[f"kernels/{name}"], Random(number)) for name, mutate in chosen.items()]
        texts.append(privatise.two_passes(serial["kernels/exclusive-scan"], Random(number)))
        atomic = privatise.atomic_counts(serial["kernels/histogram"], Random(number))
        texts.append(atomic if number else next(text for text in named if "blocks * m" in text))
        assert all(texts)
        files = [f"part{k}.cpp" for k in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            (tmp_path / file).write_text(text or "")
        (tmp_path / "main.cpp").write_text(DRIVER)
        build = [COMPILER, "-std=c++20", "-pthread", "-O1", "-Iinclude", *files, "main.cpp", "-o", "program"]
        subprocess.run(build, cwd=tmp_path, check=True, timeout=300)
        assert subprocess.run([tmp_path / "program"], check=False, timeout=60).returncode == 0


@pytest.mark.verify
@pytest.mark.timeout(1800)
def test_most_children_build(tmp_path: Path) -> None:
    put_headers(tmp_path)
    outcomes: list[str] = []
    for problem in KERNELS:
        variation, parents = CppVariation(entry_of(problem), 20_000), sources(problem)
        children = [variation.varied(p, Random(seed)) for p in parents for seed in range(MUTANTS)]
        children += [
            variation.crossed(parents[0], father, Random(seed)) for father in parents[1:] for seed in range(CROSSINGS)
        ]
        outcomes += [f"{problem} {how}: {builds(text, tmp_path)}" for text, how in filter(None, children)]
    failed = [outcome for outcome in outcomes if not outcome.endswith(": ")]
    assert len(outcomes) > 150
    assert len(failed) < (1 - LEAST_SHARE) * len(outcomes), "\n".join(failed)


@pytest.mark.verify
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which(COMPILER) is None, reason="needs a compiler")
def test_a_campaign_makes_the_serial_histogram_faster(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "evolve", "run", "kernels/histogram", "--proposer", "genetic", "--minutes", "5",
        "--seed", "1", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=800)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["winner"] is not None and document["winner"]["proposal"] > 0  # not the seed
    assert document["winner"]["validation"]["confidence"][1] < 100.0  # the serial baseline
