"""The Python API, as its document shows it and as a program may misuse it."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import evolve
from evolve.campaign.config import CampaignConfig

ROOT = Path(__file__).resolve().parents[2]
FLOW = "scheduling/online-flow-time"
TASK = ROOT / "examples" / "openevolve" / "function_minimization"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_document_shows_what_happens():
    failed, tried = doctest.testfile(str(ROOT / "docs" / "PYTHON_API.md"), module_relative=False)
    assert tried > 10
    assert failed == 0


def test_importing_the_package_is_light():
    program = "import sys, evolve; assert 'evolve.api' not in sys.modules; print(len(sys.modules), dir(evolve)[-4:])"
    ran = subprocess.run([sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    count, names = ran.stdout.split(maxsplit=1)
    assert int(count) < 60
    assert names.strip() == "['evaluate', 'kernel', 'load', 'run']"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = evolve.nothing


def test_a_configuration_and_a_task_of_another_framework(tmp_path):
    config = CampaignConfig(problem=FLOW, seed=2, workers=1, founders=5)
    result = evolve.run(config, evaluations=5, archive=tmp_path / "a.db")
    assert (result.evaluations, result.trust, result.document["seed"]) == (5, "trusted", 2)
    assert result.test is not None
    result = evolve.run(TASK, evaluations=3, workers=1, format="openevolve", archive=tmp_path / "a.db")
    assert (result.problem, result.trust, result.test) == ("openevolve/function_minimization", "in-sandbox", None)
    found = evolve.evaluate(TASK, result.winner.source)
    assert (found.ok, found.trust) == (True, "in-sandbox")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: evolve.evaluate("nothing/here", "x"), "unknown problem 'nothing/here'"),
        (lambda: evolve.evaluate(FLOW, "missing.py"), "missing.py: cannot be read"),
        (lambda: evolve.evaluate(FLOW, "baseline:none"), "no baseline 'none'"),
        (lambda: evolve.evaluate(FLOW, "baseline:fifo", split="all"), "split is 'all'; allowed: train, validation"),
        (lambda: evolve.evaluate(FLOW, "baseline:fifo", sandbox="none"), "sandbox is 'none'; allowed: auto"),
        (lambda: evolve.evaluate(FLOW, "baseline:fifo", archive="no/folder/a.db"), "does not exist"),
        (lambda: evolve.evaluate(FLOW, "baseline:fifo", parlay_include="."), "parlay-include: ParlayLib is for"),
        (lambda: evolve.run("kernels/filter", parlay_include="no"), "parlay-include: there is no parlay/parallel.h"),
        (lambda: evolve.evaluate(".", "x", format="other"), "format is 'other'; allowed: native"),
        (lambda: evolve.run("campaign.toml"), "campaign.toml: cannot be read"),
        (lambda: evolve.run(FLOW, proposer="magic"), "proposer is 'magic'; allowed: genetic"),
        (lambda: evolve.run(FLOW, evaluations=0), "evaluations must be a positive number, not 0"),
        (lambda: evolve.run(FLOW, proposer="llm"), "the llm proposer needs a model"),
        (lambda: evolve.run(FLOW, usd=1.0), "bound the llm proposer"),
        (lambda: evolve.run(FLOW, entry_point="rank"), "no entry point 'rank'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, says, tmp_path):
    with pytest.raises(ValueError) as caught:
        call()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
