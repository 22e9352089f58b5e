"""Campaigns on a kernel that must be parallel: they start from the sequential baseline, and never find it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from evaluators.registry import locate

HISTOGRAM = "kernels/histogram"
SLOW = """// Parallel, and slower than a loop: a branch for each key, and all of them add to the same counts.
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <parlay/parallel.h>

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t, std::int64_t* counts) {
    parlay::parallel_for(0, n, [&](std::size_t i) {
        for (int times = 0; times < 20; ++times) std::atomic_ref(counts[keys[i]]).fetch_add(times == 0 ? 1 : 0);
    }, 1);
}
"""


@pytest.fixture
def demanding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Counting keys on small inputs, timed once, with a parallelism of 3 at least; its stage ``memory`` left out."""
    monkeypatch.setenv("EVOLVE_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "demanding"
    shutil.copytree(locate(HISTOGRAM), copy, ignore=shutil.ignore_patterns("__pycache__"))
    declared, trusted = copy / "problem.toml", copy / "problem.py"
    text = declared.read_text().replace("pairs = 7", "pairs = 1\nleast_parallelism = 3.0").replace('"memory", ', "")
    declared.write_text(text)
    trusted.write_text(re.sub(r"\d_\d{3}_\d{3}\)", "30_011)", trusted.read_text()))
    return str(copy)


@pytest.mark.verify
def test_the_sequential_baseline_cannot_win(evolve, demanding, tmp_path):
    (tmp_path / "slow.cpp").write_text(SLOW)
    ran = evolve(
        "run", demanding, "--seed-from", "baseline:serial", "--seed-from", "slow.cpp", "--proposer", "random",
        "--proposals", "1", "--workers", "1", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    document = ran.document()
    assert document["winner"]["train"] > 2 * document["baselines"]["train"]["serial"]
    assert "parallel_for" in document["winner"]["source"]


@pytest.mark.verify
def test_a_seed_that_falls_short_breaks_nothing_and_tells_how_far_it_came(evolve, demanding, tmp_path):
    serial = (Path(demanding) / "baselines" / "histogram" / "serial.cpp").read_text()
    (tmp_path / "mine.cpp").write_text(f"// mine\n{serial}")
    ran = evolve(
        "run", demanding, "--seed-from", "mine.cpp", "--proposer", "random", "--proposals", "1", "--workers", "1",
        "--json",
    )  # fmt: skip
    document = ran.document()
    assert document["state"] == "done" and document["counts"]["evaluations"] == 1, ran.err
    winner = document["winner"]
    assert ran.code == (0 if winner else 1)  # nothing was found that may win
    assert winner is None or "parallel_for" in winner["source"]
    listed = evolve("archive", "list", "--problem", HISTOGRAM, "--verdict", "rejected", "--json").document()
    shown = evolve("archive", "show", listed[-1]["candidate"])
    # All rungs but the last, of which it has a third; the stage that is left out is none to fall from.
    assert "rejected" in shown.out and "progress 0.67 of 1" in shown.out
    document = evolve("archive", "show", listed[-1]["candidate"], "--json").document()
    assert document["evaluations"][0]["progress"] == pytest.approx(0.6 + 0.2 / 3, abs=1e-6)
    judged = evolve("eval", demanding, "mine.cpp", "--stages", "races")
    assert judged.code == 1 and "rejected  progress 0.27 of 1" in judged.out
    assert "this problem demands at least 3" in judged.out.replace("\n", " ")
