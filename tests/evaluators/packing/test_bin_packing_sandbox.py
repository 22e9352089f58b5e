"""Online bin packing in real sandboxes: judged and audited as any candidate of a campaign is."""

from __future__ import annotations

import pytest

from evaluators.audit.elites import EliteAudit
from evaluators.audit.excerpt import Excerpt
from evaluators.baselines import baseline, baselines
from evaluators.candidate import Candidate
from evaluators.registry import load_problem

NAME = "packing/online-bin-packing"
HEADER = "import numpy as np\n\n\ndef priority(item, bins, capacity):\n"


@pytest.fixture(scope="module")
def evaluator(make_evaluator):
    """Of a few short instances of each split."""
    return make_evaluator(Excerpt(load_problem(NAME), 6))


def test_baselines_are_judged_and_pass_the_audit(evaluator) -> None:
    for name, candidate in baselines(evaluator.problem.spec, evaluator.entry).items():
        evaluation = evaluator.evaluate(candidate, "train")
        assert evaluation.ok, (name, evaluation.feedback)
        assert evaluation.score > 0
        found = EliteAudit(evaluator).run(candidate, "train", 1)
        assert (found.verdict.value, found.feedback) == ("ok", ""), name


def test_training_on_all_takes_little_of_a_candidates_time(make_evaluator) -> None:
    evaluator = make_evaluator(NAME)
    evaluation = evaluator.evaluate(baseline(evaluator.problem.spec, evaluator.entry, "best_fit"), "train")
    assert evaluation.score == pytest.approx(5.29, abs=0.01)
    assert evaluation.confidence[0] < evaluation.score < evaluation.confidence[1]
    assert evaluation.resources.cpu_seconds < 1.0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        # learns the sizes it has met, from whichever sequence they came
        ("    seen.append(item)\n    return -abs(bins - item - np.mean(seen[-40:]))\n", "another order"),
        # decides by how often it was asked
        ("    seen.append(item)\n    return bins if len(seen) % 50 == 0 else -bins\n", "another order"),
    ],
)
def test_what_is_kept_between_calls_is_found_out(evaluator, body, said) -> None:
    candidate = Candidate.of_text("seen = []\n" + HEADER + body)
    assert evaluator.evaluate(candidate, "train").ok
    found = EliteAudit(evaluator).run(candidate, "train", 1)
    assert found.verdict.value == "tampering"
    assert said in found.feedback


def test_candidates_may_define_dataclasses(evaluator) -> None:
    source = (
        "from __future__ import annotations\n\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass Pair:\n"
        "    a: int\n    b: float = 0.0\n\n\ndef priority(item, bins, capacity):\n    Pair(1)\n    return -bins\n"
    )
    assert evaluator.evaluate(Candidate.of_text(source), "train").ok


def test_a_wrong_answer_names_the_sequence(evaluator) -> None:
    for body in ("    return bins * np.nan\n", "    for _ in bins:\n        return bins * np.nan\n"):
        evaluation = evaluator.evaluate(Candidate.of_text(HEADER + body), "train")
        assert evaluation.verdict.value == "wrong_answer"
        assert "-00-head: priority returned NaN" in evaluation.feedback
