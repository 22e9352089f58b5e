"""The verifier names every violation, and agrees with the definition, time unit by time unit, and with CP-SAT."""

from __future__ import annotations

import random

import pytest

from evaluators.rconstraintbench import cp_sat
from evaluators.rconstraintbench.generator import draw_ramp
from evaluators.rconstraintbench.model import ABLATIONS, PHASES, Instance
from evaluators.rconstraintbench.ramp import Arguments
from evaluators.rconstraintbench.verifier import read_schedule, verify

NUMBER = "not a whole number from 0 to 9007199254740992"
GOOD = {1: 0, 2: 3, 3: 10, 4: 1}


def said(instance: Instance, changes: dict) -> list[tuple]:
    return [
        (v.kind, v.tasks, v.resource, v.start, v.end) for v in verify(instance, {**GOOD, **changes}).violations
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "violations"),
    [
        ({}, []),
        ({2: 2}, [("PRECEDENCE", (1, 2), None, 2, 3)]),
        ({1: 1, 2: 4, 3: 4}, [("DISJUNCTIVE", (2, 3), None, 4, 6)]),
        ({1: 4, 2: 10, 3: 5}, [("CAPACITY", (1, 3), "crane", 5, 7)]),
        ({2: 6}, [("DOWNTIME", (2,), "crane", 8, 10)]),
        ({4: 0}, [("DOWNTIME", (4,), "crew", 0, 1)]),
        ({4: 0, 3: 12}, [("DOWNTIME", (4,), "crew", 0, 1), ("DEADLINE", (3,), None, 13, 14)]),
        ({4: 5}, [("DOWNTIME", (4,), "crew", 6, 7)]),
        ({2: 10, 3: 3}, [("RELEASE", (3,), None, 3, 4)]),
        ({3: 12}, [("DEADLINE", (3,), None, 13, 14)]),
        ({2: 17}, [("HORIZON", (2,), None, 20, 21)]),
        ({4: 7}, []),  # ends of downtimes and starts of tasks may meet
    ],
)
def test_each_violation_has_its_tasks_and_times(tiny, changes, violations) -> None:
    assert said(tiny, changes) == violations
    assert verify(tiny, {**GOOD, **changes}).feasible == (not violations)


def test_texts_say_what_is_wrong(tiny) -> None:
    texts = [v.text for v in verify(tiny, {1: 5, 2: 5, 3: 5, 4: 16}).violations]
    assert texts == [
        "task 2 starts at 5, before its predecessor 1 ends at 8",
        "tasks 1, 2 and 3 together need 5 of crane in [5, 7), and there are 3",
        "task 2 runs in [5, 9) and needs crane, down in [8, 10)",
        "tasks 2 and 3 must not overlap, but both run in [5, 7)",
        "task 4 ends at 21, after the horizon at 20",
    ]


@pytest.mark.parametrize(
    ("schedule", "texts"),
    [
        ({1: 0, 2: 3, 3: 10}, ["task 4 is not scheduled"]),
        ({**GOOD, 9: 0}, ["9 is not a task; tasks are 1 to 4"]),
        ({**GOOD, 4: -1}, [f"the start of task 4 is -1, {NUMBER}"]),
        ({**GOOD, 4: 1.5}, [f"the start of task 4 is 1.5, {NUMBER}"]),
        ({**GOOD, 4: True}, [f"the start of task 4 is True, {NUMBER}"]),
        ({**GOOD, 4: 10**6000}, [f"the start of task 4 is a number of many digits, {NUMBER}"]),
    ],
)  # fmt: skip
def test_schedules_of_another_form_are_format_violations(tiny, schedule, texts) -> None:
    found = verify(tiny, schedule)
    assert [v.text for v in found.violations] == texts
    assert found.kinds == ("FORMAT",)


def entries(*pairs) -> dict:
    return {"schedule": [{"task": task, "start": start} for task, start in pairs]}


@pytest.mark.parametrize(
    ("decoded", "schedule", "texts"),
    [
        (entries((2, 3), (1, 0)), {1: 0, 2: 3}, []),
        (entries((1, 4.0)), {1: 4}, []),
        ({**entries((1, 0)), "reasoning": "…"}, {1: 0}, []),
        (entries((1, 0), (1, 5)), {1: 0}, ["task 1 is scheduled more than once"]),
        (entries(("1", 0)), {}, ["'1' is not a task; tasks are 1 to 4"]),
        (entries((1, None), (2, 1)), {2: 1}, [f"the start of task 1 is None, {NUMBER}"]),
        ({"schedule": [[1, 0]]}, {}, ['entry 1 of the schedule is not an object with "task" and "start"']),
        ({"schedule": {}}, {}, ['the answer is not an object with a list under "schedule"']),
        ([1], {}, ['the answer is not an object with a list under "schedule"']),
        (None, {}, ['the answer is not an object with a list under "schedule"']),
        (entries((1, float("inf"))), {}, [f"the start of task 1 is inf, {NUMBER}"]),
        (entries(([], {})), {}, ["[] is not a task; tasks are 1 to 4"]),
    ],
)  # fmt: skip
def test_answers_are_read_with_everything_wrong_about_their_form(tiny, decoded, schedule, texts) -> None:
    found, wrong = read_schedule(tiny, decoded)
    assert found == schedule
    assert [v.text for v in wrong] == texts
    assert {v.kind for v in wrong} <= {"FORMAT"}


# ---- agreement -------------------------------------------------------------------------------------------------------


def by_definition(instance: Instance, starts: dict[int, int]) -> set[str]:
    """Kinds of violations, each constraint looked at in every time unit."""
    running = {task.id: set(range(starts[task.id], starts[task.id] + task.duration)) for task in instance.tasks}
    kinds = set()
    for time in set().union(*running.values()):
        for r, resource in enumerate(instance.resources):
            needed = [task.demands[r] for task in instance.tasks if time in running[task.id]]
            if sum(needed) > resource.capacity:
                kinds.add("CAPACITY")
            if sum(needed) and any(start <= time < end for start, end in resource.downtimes):
                kinds.add("DOWNTIME")
    for before, after in instance.precedences:
        if min(running[after]) <= max(running[before]):
            kinds.add("PRECEDENCE")
    for one, other in instance.disjunctive:
        if running[one] & running[other]:
            kinds.add("DISJUNCTIVE")
    for task in instance.tasks:
        if task.release is not None and min(running[task.id]) < task.release:
            kinds.add("RELEASE")
        if task.deadline is not None and max(running[task.id]) >= task.deadline:
            kinds.add("DEADLINE")
        if max(running[task.id]) >= instance.horizon:
            kinds.add("HORIZON")
    return kinds


def mutated(rng: random.Random, witness: dict[int, int]) -> dict[int, int]:
    """The witness with some tasks moved a little, swapped, or put anywhere; often still feasible."""
    starts = dict(witness)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        one, other = rng.sample(list(starts), 2)
        match rng.randrange(4):
            case 0:
                starts[one], starts[other] = starts[other], starts[one]
            case 1:
                starts[one] = rng.randrange(2 * max(starts.values()))
            case _:
                starts[one] = max(0, starts[one] + rng.randint(-3, 3))
    return starts


def cases(ramps, count: int, seed: int):
    rng = random.Random(seed)
    for _ in range(count):
        ramp = rng.choice(ramps)
        yield ramp.instance(rng.choice(PHASES + ABLATIONS), rng.randint(1, 30)), mutated(rng, ramp.witness)


def test_kinds_are_those_of_the_definition(drawn) -> None:
    seen = {}
    for instance, starts in cases(drawn, 3000, 1):
        kinds = set(verify(instance, starts).kinds)
        assert kinds == by_definition(instance, starts), instance.name
        for kind in kinds or {"none"}:
            seen[kind] = seen.get(kind, 0) + 1
    assert min(seen.values()) > 30
    assert len(seen) == 8


def disagreements(ramps, count: int, seed: int) -> tuple[int, int]:
    """How often the verifier and CP-SAT disagree, and how many of the schedules are feasible."""
    wrong = feasible = 0
    for instance, starts in cases(ramps, count, seed):
        found = verify(instance, starts).feasible
        wrong += found != cp_sat.accepts(instance, starts)
        feasible += found
    return wrong, feasible


def test_cp_sat_agrees_on_a_sample(drawn) -> None:
    wrong, feasible = disagreements(drawn, 400, 2)
    assert wrong == 0
    assert 60 < feasible < 340


@pytest.mark.verify
@pytest.mark.timeout(2400)
def test_cp_sat_agrees_on_a_hundred_thousand_schedules() -> None:
    ramps = [
        draw_ramp(Arguments(seed=seed, domain=domain), 2)
        for seed in range(20)
        for domain in ("abstract", "data-center-migration")
    ]
    wrong, feasible = disagreements(ramps, 100_000, 3)
    print(f"{feasible} of 100000 feasible, {wrong} disagreements")
    assert wrong == 0
    assert 15_000 < feasible < 85_000
