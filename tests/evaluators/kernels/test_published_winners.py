"""Winners of the campaigns under datasets/campaigns: still right on all check inputs, clean, and free of races."""

from __future__ import annotations

import json

import pytest

from evaluators.candidate import Candidate
from evaluators.data import dataset_path


def winner(name: str) -> str:
    lines = dataset_path("campaigns").joinpath(f"kernels-{name}-inbox.jsonl").read_text().splitlines()
    header, *proposals = map(json.loads, lines)
    (text,) = next(p["files"].values() for p in proposals if p["candidate"] == header["winner"])
    return str(text)


@pytest.mark.verify
@pytest.mark.parametrize("name", ["bfs", "connected-components", "spmv"])
def test_they_pass_the_stages_that_time_nothing(bench, name):
    evaluator = bench(f"kernels/{name}")
    candidate = Candidate.of_text(winner(name), evaluator.entry.file, "cpp")
    judged = evaluator.evaluate(candidate, "train", stages=("smoke", "memory", "races"))
    assert judged.verdict.value == "ok", judged.feedback
