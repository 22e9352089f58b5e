"""Insights: what is kept of what was said, how it is told, and summaries that are bought once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evolve.llm import Call
from evolve.proposers.base import Observation
from evolve.proposers.llm.insights import Summaries, notes, read_summary, within
from evolve.proposers.llm.record import Outcome, Record
from evolve.proposers.llm.remark import read_remark

CODE = "def priority(p, d, t):\n    return d\n"


@pytest.mark.parametrize(
    ("answer", "remark"),
    [
        (f"Slack counts less.\n\n```python\n{CODE}```\nDone.", "Slack counts less."),
        (f"```python\n{CODE}```\nSlack counts less.", "Slack counts less."),
        ("**Idea:** slack, `d - t`.\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\nand\n", "Idea: slack, d - t."),
        ("<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n- So.", "So."),
        (f"<think>Slack? No.</think>\nSize.\n~~~~\n{CODE}~~~~", "Size."),
        (f"Here is the function.\n\n{CODE}", "Here is the function."),
        (f"```python\n{CODE}```", ""),
        ('{"thought": "slack", "code": "def f(): pass"}', ""),
        ("Size\u202e of\x07 jobs.\n```\nx\n```", "Size of jobs."),
        ("First. " + "Second one. " * 40 + f"\n```\n{CODE}```", "First. " + " ".join(["Second one."] * 24)),
        ("word " * 100 + f"\n```\n{CODE}```", "word " * 59 + "word…"),
        ("", ""),
    ],
)
def test_what_is_said_beside_the_program_is_read_as_one_line(answer, remark):
    assert read_remark(answer) == remark


def outcome(ordinal: int, remark: str, parent: float, score: float | None) -> Outcome:
    return Outcome(ordinal, "m", "diff", remark, parent, score, 1, 0)


def test_notes_tell_in_turns_what_changed_the_score_most():
    made = [
        outcome(1, "Early leap.", 90.0, 10.0),  # of a poor parent: it teaches little
        outcome(2, "Small gain.", 4.0, 3.9),
        outcome(3, "Great gain.", 4.0, 2.0),
        outcome(4, "Great loss.", 4.0, 9.0),
        outcome(5, "Small loss.", 4.0, 4.1),
        outcome(6, "Great gain.", 4.0, 1.0),
        outcome(7, "It failed.", 4.0, None),
        outcome(8, "", 4.0, 1.0),
        outcome(9, "Nothing changed.", 4.0, 4.0),
    ]
    assert notes(made, 1.0) == [
        "better, 4 to 2: Great gain.",
        "worse, 4 to 9: Great loss.",
        "better, 4 to 3.9: Small gain.",
        "worse, 4 to 4.1: Small loss.",
    ]
    assert notes([outcome(2, "More.", 4.0, 5.0)], -1.0) == ["better, 4 to 5: More."]
    assert notes([], 1.0) == []


def test_a_section_is_bounded():
    lines = notes([outcome(k, f"Remark {k} " + "of many words " * 30, 4.0, 3.0 + k / 99) for k in range(60)], 1.0)
    assert all(len(line) <= 200 for line in lines)
    assert 500 < len(within(lines, 300)) <= 900
    assert within(lines, 0) == ""


def test_only_what_was_judged_on_all_instances_counts_as_a_change():
    record = Record()
    for ordinal, (verdict, scores) in enumerate(
        [("ok", [1.0, 2.0]), ("ok", [1.0, np.nan]), ("runtime_error", None), ("duplicate", None)], 1
    ):
        told = None if scores is None else np.array(scores)
        record.learn(Observation(ordinal, "", None, verdict, 1.5, told, asked="diff", model="m", parent_score=2.0))
    record.learn(Observation(5, "", None, "ok", 1.5, np.ones(2)))  # nobody was asked
    assert [one.gain(1.0) for one in record.recent(6)] == [0.5, 0.0, 0.0, 0.0]


def test_the_record_has_no_memory_of_the_order_it_was_told_in():
    one, other = Record(), Record()
    told = [Observation(k, "", None, "ok", 1.0, np.ones(2), asked="diff", model="m") for k in range(1, 3000)]
    for observation in told:
        one.learn(observation)
    for observation in reversed(told[-2000:]):
        other.learn(observation)
    assert one.recent(3000) == other.recent(3000)
    assert len(one.recent(3000)) == 1000


@pytest.fixture
def due() -> Callable[..., list[str]]:
    """Asks for the summary of several proposals; the text each is told."""

    def make(summaries: Summaries, ordinals: range, empty: bool = False) -> list[str]:
        def question(proposal_id: str, before: str) -> Call | None:
            message = {"role": "user", "content": f"before: {before}. Improve def priority(p, d, t): please."}
            return None if empty else Call(proposal_id, 0, "openai/scripted", (message,), "distill", "hash")

        return [summaries.text("c1", ordinal, question) for ordinal in ordinals]

    return make


def rows(archive):
    return [tuple(row) for row in archive.rows("SELECT proposal_id, attempt, state FROM llm_calls ORDER BY rowid")]


def test_a_summary_is_bought_once_and_read_from_the_record_after_that(serve, connect, due, archive):
    server = serve("prose")
    told = due(Summaries(connect(server), 4), range(1, 14))
    assert [bool(text) for text in told] == [False] * 4 + [True] * 9
    assert len(set(told)) == 4
    assert rows(archive) == [(f"c1-insights-00000{k}", 1, "answered") for k in (1, 2, 3)]
    again = due(Summaries(connect(server), 4), range(13, 15))
    assert again == [told[-1]] * 2
    assert len(server.log) == 3


def test_a_summary_in_doubt_is_redone_under_its_key(serve, connect, due, archive):
    server = serve("drop")
    assert due(Summaries(connect(server), 4), range(5, 6)) != [""]
    assert rows(archive) == [("c1-insights-000001", 1, "in_doubt"), ("c1-insights-000001", 2, "answered")]
    assert len({row["key"] for row in server.log}) == 1


def test_a_summary_that_is_not_to_be_had_leaves_the_one_before(serve, connect, due, archive):
    server = serve("prose", "policy_400")
    first, *others = due(Summaries(connect(server), 4), (5, 9, 10, 11))
    assert first and others == [first] * 3
    assert len(server.log) == 2
    assert due(Summaries(connect(serve()), 4), range(5, 20), empty=True)[-1] == first
    poor = Summaries(connect(serve(), cap_tokens=10), 4)
    assert due(poor, range(21, 22)) == [first]


def test_a_summary_is_lines_without_marks_or_code():
    text = "<think>hm</think>\n- Long jobs late.\n2. Break ties by p.\n\n```\n* Not by d.\n```\n"
    assert read_summary(text) == "Long jobs late.\nBreak ties by p.\nNot by d."
