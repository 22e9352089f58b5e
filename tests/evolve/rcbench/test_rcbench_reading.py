"""Where the schedule is in what a model wrote."""

from __future__ import annotations

import json
import time

import pytest

from evolve.rcbench.prompts import VARIANTS, Prompts
from evolve.rcbench.reading import read_answer


@pytest.fixture(scope="module")
def one(instances):
    return instances.generated[-1]


def entries(schedule):
    return [{"task": task, "start": start} for task, start in schedule.items()]


TOLERATED = {
    "alone": "%s",
    "in a fence": "```json\n%s\n```",
    "among prose": "Sure! I checked all constraints.\n%s\nEverything fits.",
    "after thoughts": '<think>{"schedule": [{"task": 1, "start": 0}]} fails</think>%s',
    "after an attempt": '{"schedule": [{"task": 1, "start": 0}]}\nWait, that is wrong. So:\n%s',
    "after the form": 'The form is {"schedule": [{"task": 1, "start": <whole number>}, ...]}.\n%s',
    "CRLF": "Here:\r\n%s\r\n",
}


@pytest.mark.parametrize("name", TOLERATED)
def test_a_schedule_is_found(name, one):
    for document in ({"schedule": entries(one.witness)}, {"why": "{", "schedule": entries(one.witness), "ok": True}):
        reading = read_answer(one.instance, TOLERATED[name] % json.dumps(document, indent=1))
        assert (reading.verdict, reading.schedule, reading.note) == ("feasible", dict(one.witness), "")


def test_the_list_alone_will_do(one):
    assert read_answer(one.instance, json.dumps(entries(one.witness))).verdict == "feasible"


UNREADABLE = {
    "": "the answer is empty",
    "I cannot do that.": "no JSON list",
    '{"schedule": {"1": 0}}': "no JSON list",
    '{"schedule": [{"task": 1, "start": 0}, {"task"': "no JSON list",
    "{'schedule': [{'task': 1, 'start': 0}]}": "no JSON list",
}


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_a_class_of_its_own(text, one):
    reading = read_answer(one.instance, text)
    assert (reading.verdict, reading.kinds, reading.first_kind) == ("format", ("FORMAT",), "FORMAT")
    assert UNREADABLE[text] in reading.note
    assert "token limit" in read_answer(one.instance, text, "length").note
    assert read_answer(one.instance, text, "content_filter").verdict == "refused"


@pytest.mark.parametrize("wrong", [-1, 1.5, "3", None, 10**400])
def test_a_start_that_is_none_makes_the_answer_unreadable(wrong, one):
    bad = [{"task": 1, "start": wrong}, *entries(one.witness)[1:]]
    reading = read_answer(one.instance, json.dumps({"schedule": bad}))
    assert (reading.verdict, reading.first_kind) == ("format", "FORMAT")
    assert len(reading.schedule) == len(one.witness) - 1


@pytest.mark.parametrize("text", ['"schedule": [' * 20000, "[" * 90000, '{"schedule": [' + "[" * 90000, "{" * 90000])
def test_no_answer_takes_long_to_read(text, one):
    started = time.process_time()
    assert read_answer(one.instance, text).verdict == "format"
    assert time.process_time() - started < 5


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_wording_says_all_of_an_instance_and_nothing_of_its_witness(variant, instances):
    prompts = Prompts()
    for one in instances.generated:
        asked = prompts.question(variant, one.instance).messages[1]["content"]
        assert str(one.instance.horizon) in asked
        assert all(task.name in asked for task in one.instance.tasks)
        for resource in one.instance.resources:
            assert resource.name in asked
            assert all(f"[{a}, {b})" in asked for a, b in resource.downtimes)
        assert "witness" not in asked
        assert ("Windows:" in asked) == any(t.release is not None or t.deadline is not None for t in one.instance.tasks)
        assert ("Mutual exclusion:" in asked) == bool(one.instance.disjunctive)
