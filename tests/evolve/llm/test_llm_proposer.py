"""The proposer: what it asks, at what length, and what it makes of the answers."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluators.declaration import Objective, ProblemSpec, Requires
from evaluators.problem import Problem
from evolve.data import prompts_folder
from evolve.llm import BudgetExhaustedError, FatalLLMError
from evolve.proposers.base import Ask, Member, Repair
from evolve.proposers.llm import LLMProposer, PromptLibrary

EDD = "def priority(p, d, t):\n    return d\n"


class Tardiness(Problem):
    def instances(self, split, secret=None):
        raise AssertionError("a proposer must not look at instances")

    def score(self, instance, decisions):
        raise AssertionError("a proposer must not score")


@pytest.fixture
def question(entry):
    spec = ProblemSpec(
        name="scheduling/tardiness", title="Single-machine total tardiness", language="python", online=False,
        deterministic="exact", entry_points=(entry,), objectives=(Objective("gap", "mean gap %", "min"),),
        requires=Requires(), limits={}, stages=("train",), descriptors=(), splits={"test": "SECRET-TEST-SPLIT"},
        datasets=(), engine_versions={}, source_limit=20_000, folder=Path(), statement="Order the jobs.", version="v",
    )  # fmt: skip

    def make(ordinal=1, seed=None, **more):
        defaults = {"parents": (member("edd", EDD, 64.8),), "pool": (), "best": None, "repair": None}
        fields = {**defaults, **more}
        return Ask("c1", f"c1-{ordinal}", ordinal, ordinal if seed is None else seed, Tardiness(spec), entry,
                   baselines={"mdd": 1.87, "edd": 64.8, "spt": 300.0}, **fields)  # fmt: skip

    return make


def member(name, source, score, feedback=""):
    return Member(name, source, score, np.array([score]), feedback=feedback, validation=77.123)


def prompts(archive):
    return [row["messages"] for row in archive.rows("SELECT messages FROM llm_calls ORDER BY rowid")]


def test_a_rewrite_is_a_candidate_in_the_entry_points_file(serve, connect, question):
    proposed = LLMProposer(connect(serve("rewrite"), weights={"rewrite": 1})).propose(question())
    assert proposed.candidate.files.keys() == {"candidate.py"}
    assert "def priority(p, d, t):" in proposed.candidate.text()
    assert proposed.parents == ("edd",)
    assert proposed.operator == "rewrite"


def test_an_edit_changes_the_parent(serve, connect, question):
    proposer = LLMProposer(connect(serve("auto"), weights={"diff": 1.0}))
    proposed = proposer.propose(question())
    assert proposed.operator == "diff"
    assert proposed.candidate.text().startswith("def priority(p, d, t):\n    # edit")


def test_operators_are_drawn_by_seed_and_weight(serve, connect, question, archive):
    server = serve("auto")
    proposer = LLMProposer(connect(server))
    drawn = Counter(proposer.propose(question(k)).operator for k in range(40))
    assert 10 <= drawn["diff"] <= 30
    again = LLMProposer(connect(server))
    assert Counter(again.propose(question(k)).operator for k in range(40)) == drawn
    assert len(server.log) == 40  # the second round was read from the archive
    names = Counter(r[0] for r in archive.rows("SELECT prompt_name FROM llm_calls"))
    assert names == drawn


def test_without_a_parent_it_writes_from_scratch(serve, connect, question, archive):
    proposed = LLMProposer(connect(serve("auto"))).propose(question(parents=()))
    assert proposed.operator == "rewrite"
    assert proposed.parents == ()
    assert "better than all of these" in prompts(archive)[0]


def test_the_prompt_holds_what_it_should_and_no_more(serve, connect, question, archive):
    best = member("best", EDD.replace("return d", "return np.maximum(d - t, p)"), 1.9)
    far = member("far", "".join(f"x{k} = {k}\n" for k in range(900)) + EDD, 3.3)
    third = member("third", EDD.replace("d\n", "d + 1\n"), 60.0)
    ask = question(parents=(member("edd", EDD, 64.8, "t1: 12 (best known 3)"),), best=best, pool=(far, best, third))
    LLMProposer(connect(serve("auto"), weights={"rewrite": 1})).propose(ask)
    (text,) = prompts(archive)
    for part in (
        "Order the jobs.", "def priority(p, d, t):", "lower is better", "mdd 1.87, edd 64.8, spt 300",
        "scores 64.8 (t1: 12 (best known 3))", "return d", "scores 1.9", "return np.maximum",
    ):  # fmt: skip
        assert part in text
    assert "SECRET-TEST-SPLIT" not in text
    assert "77.1" not in text  # validation is for admission, not for the search
    assert text.count("Another program scores") == 2
    assert len(text) < 2_500


def test_prompts_stay_short_with_long_programs(serve, connect, question, archive):
    """One parent of 5 KB, no second or third copy of it."""
    parent = member("long", "".join(f"# line {k} of a long program, no more\n" for k in range(140)) + EDD, 5.0)
    relatives = tuple(member(f"r{k}", parent.source.replace("return d", f"return d + {k}"), 4.0) for k in range(1, 9))
    LLMProposer(connect(serve("auto"))).propose(question(parents=(parent,), pool=relatives, best=relatives[0]))
    assert len(parent.source) > 5_000
    assert len(prompts(archive)[0]) < 7_500


def test_what_cannot_be_read_is_mended_in_one_turn(serve, connect, question, archive):
    server = serve("wrong_name", "rewrite")
    proposer = LLMProposer(connect(server, weights={"rewrite": 1}))
    ask = question()
    failed = proposer.propose(ask)
    assert failed.candidate is None
    assert "it defines my_rule" in failed.failure
    repair = Repair("", "rejected", "screen", failed.failure, 1)
    mended = proposer.propose(replace(ask, repair=repair))
    assert mended.candidate is not None
    assert mended.operator == "repair"
    assert "def my_rule" in prompts(archive)[1] and "it defines my_rule" in prompts(archive)[1]
    assert [r[0] for r in archive.rows("SELECT turn FROM llm_calls ORDER BY rowid")] == [0, 1]


def test_a_program_that_failed_is_shown_with_its_verdict(serve, connect, question, archive):
    proposer = LLMProposer(connect(serve("rewrite")))
    repair = Repair("def priority(p, d, t):\n    return 1 / 0\n", "runtime_error", "smoke", "ZeroDivisionError", 1)
    assert proposer.propose(question(repair=repair)).operator == "repair"
    for part in ("return 1 / 0", "runtime_error in smoke", "ZeroDivisionError"):
        assert part in prompts(archive)[0]


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [("malformed", "does not parse"), ("refusal_text", "begins: I'm sorry"), ("content_filter", "content filter"),
     ("truncated", "cut off"), ("policy_400", "refused the prompt"), ("429", "no answer in 5 attempts")],
)  # fmt: skip
def test_every_bad_answer_is_a_failed_proposal_with_a_reason(behaviour, says, serve, connect, question):
    proposed = LLMProposer(connect(serve(behaviour))).propose(question())
    assert proposed.candidate is None
    assert says in proposed.failure


def test_after_no_answer_at_all_the_repair_asks_the_question_again(serve, connect, question, archive):
    proposer = LLMProposer(connect(serve("policy_400", "rewrite"), weights={"rewrite": 1}))
    ask = question()
    failure = proposer.propose(ask).failure
    again = proposer.propose(replace(ask, repair=Repair("", "rejected", "screen", failure, 1)))
    assert again.operator == "rewrite" and again.candidate is not None


def test_a_spent_budget_and_a_refused_key_stop_the_campaign(serve, connect, question):
    with pytest.raises(BudgetExhaustedError):
        LLMProposer(connect(serve(), cap_tokens=10)).propose(question())
    with pytest.raises(FatalLLMError):
        LLMProposer(connect(serve("401"))).propose(question())


def test_a_changed_prompt_is_another_prompt(tmp_path):
    for path in prompts_folder().glob("*.j2"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    context = {"title": "T", "statement": "S", "signature": "def f():", "block": "", "unit": "u", "direction": "max",
               "baselines": [], "parent": None, "insights": "", "inspirations": [], "language": "python"}  # fmt: skip
    shipped = PromptLibrary().render("rewrite", context)
    assert PromptLibrary(tmp_path).render("rewrite", context).digest == shipped.digest
    for changed in ("system.j2", "_problem.j2", "rewrite.j2"):
        (tmp_path / changed).write_text((tmp_path / changed).read_text() + "\nMore.\n")
        digest = PromptLibrary(tmp_path).render("rewrite", context).digest
        assert digest != shipped.digest
        shipped = replace(shipped, digest=digest)


def test_the_client_is_not_imported_before_the_first_call():
    program = "import sys, evolve.llm, evolve.proposers.llm; print('litellm' in sys.modules, 'openai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                          cwd=prompts_folder().parent)  # fmt: skip
    assert done.stdout.split() == ["False", "False"]
