"""Ramps: exactly k precedences none of which is redundant, nested, feasible; and how hard they are without search."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from evaluators.rconstraintbench import cp_sat
from evaluators.rconstraintbench.dice import Dice
from evaluators.rconstraintbench.generator import draw_ramp
from evaluators.rconstraintbench.model import ABLATIONS, DOMAINS, PHASES, Instance
from evaluators.rconstraintbench.precedence import LevelError, draw_edges
from evaluators.rconstraintbench.ramp import CONTROLS, Arguments
from evaluators.rconstraintbench.serial import Project
from evaluators.rconstraintbench.sets import InstanceSet, generate
from evaluators.rconstraintbench.solvers import SOLVERS
from evaluators.rconstraintbench.tightness import GREEDY_RULES, greedy_order, random_order
from evaluators.rconstraintbench.verifier import verify

WINDOWED = tuple(phase for phase in PHASES + ABLATIONS if phase not in CONTROLS)


def transitive_reduction(edges: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Edges that no longer path replaces, by plain search."""
    after: dict[int, set[int]] = {}
    for first, second in edges:
        after.setdefault(first, set()).add(second)

    def leads(start: int, goal: int, left_out: tuple[int, int]) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            task = waiting.pop()
            for other in after.get(task, ()):
                if (task, other) != left_out and other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return goal in seen

    return {edge for edge in edges if not leads(*edge, edge)}


def test_level_k_has_k_precedences_and_none_is_redundant(drawn) -> None:
    for ramp in drawn:
        for level in range(1, 31):
            edges = set(ramp.instance("precedence", level).precedences)
            assert len(edges) == level
            assert transitive_reduction(edges) == edges


def constraints(instance: Instance) -> tuple[set, dict[int, tuple[int, int]]]:
    """What can only be added along a ramp, and windows, which can also shrink."""
    found = {("edge", *edge) for edge in instance.precedences} | {("pair", *pair) for pair in instance.disjunctive}
    found |= {("down", r.name, *down) for r in instance.resources for down in r.downtimes}
    windows = {
        t.id: (t.release or 0, instance.horizon if t.deadline is None else t.deadline) for t in instance.tasks
    }  # fmt: skip
    return found, windows


def is_harder(harder: Instance, easier: Instance) -> bool:
    """Whether each constraint of ``easier`` is implied by one of ``harder``."""
    more, narrow = constraints(harder)
    fewer, wide = constraints(easier)
    bare = [[(t.duration, t.demands) for t in i.tasks] + [r.capacity for r in i.resources] for i in (harder, easier)]
    return (
        fewer <= more
        and all(wide[t][0] <= narrow[t][0] and narrow[t][1] <= wide[t][1] for t in wide)
        and bare[0] == bare[1]
        and harder.horizon == easier.horizon
    )


def test_ramps_are_nested_in_levels_and_phases(drawn) -> None:
    for ramp in drawn:
        for phase in PHASES + ABLATIONS:
            for level in range(1, 30):
                one, next_one = ramp.instance(phase, level), ramp.instance(phase, level + 1)
                assert is_harder(next_one, one)
                assert len(set(next_one.precedences) - set(one.precedences)) == 1
        for level in (1, 12, 30):
            for easier, harder in itertools.pairwise(PHASES):
                assert is_harder(ramp.instance(harder, level), ramp.instance(easier, level))
            for phase in ABLATIONS:
                assert is_harder(ramp.instance("all", level), ramp.instance(phase, level))


def test_precedence_and_downtime_differ_between_levels_by_one_edge_only(drawn) -> None:
    for ramp in drawn:
        for phase in ("precedence", "downtime"):
            one, next_one = (constraints(ramp.instance(phase, level)) for level in (7, 8))
            assert len(next_one[0] - one[0]) == 1
            assert next_one[1] == one[1]


def test_every_phase_has_its_kinds(drawn) -> None:
    kinds = {
        "precedence": "", "downtime": "d", "windows": "dw", "disjunctive": "dwp", "all": "dwp", "only-downtime": "d",
        "only-windows": "w", "only-disjunctive": "p",
    }  # fmt: skip
    for ramp in drawn:
        for phase, expected in kinds.items():
            for level in (1, 30):
                instance = ramp.instance(phase, level)
                has = {
                    "d": any(r.downtimes for r in instance.resources),
                    "w": any(t.deadline is not None for t in instance.tasks),
                    "p": bool(instance.disjunctive),
                }
                assert "".join(letter for letter in "dwp" if has[letter]) == expected


def test_pairs_are_neither_ordered_nor_kept_apart_by_a_capacity(drawn) -> None:
    for ramp in drawn:
        instance = ramp.instance("all", 30)
        for one, other in instance.disjunctive:
            demands = zip(instance.task(one).demands, instance.task(other).demands, strict=True)
            needed = [a + b for a, b in demands]
            assert all(q <= r.capacity for q, r in zip(needed, instance.resources, strict=True))
            together = {task.id: 1000 for task in instance.tasks} | {one: 0, other: 0}
            assert not {v.tasks for v in verify(instance, together).violations if v.kind == "PRECEDENCE"} & {
                (one, other), (other, one)
            }  # fmt: skip


def test_witnesses_are_feasible_and_the_horizon_is_stated(drawn) -> None:
    for ramp in drawn:
        end = max(ramp.witness[task.id] + task.duration for task in ramp.project.tasks)
        assert ramp.horizon == -(-end * 8 // 5)
        for phase in PHASES + ABLATIONS:
            for level in (1, 11, 30):
                assert verify(ramp.instance(phase, level), ramp.witness).feasible


def test_what_is_drawn_depends_on_seed_index_and_domain_and_not_on_what_else_is_asked_for() -> None:
    whole = generate(Arguments(levels=(4, 9), per_level=2, seed=8, phases=("windows", "all")))
    part = generate(Arguments(levels=(9,), per_level=1, seed=8, phases=("all",)))
    assert part.generated[0] in whole.generated
    assert len({g.instance.id for g in whole.generated}) == 8
    others = [
        draw_ramp(Arguments(seed=seed, domain=domain), index).instance("all", 9).id
        for seed, domain, index in ((8, "abstract", 1), (9, "abstract", 1), (8, DOMAINS[1], 1), (8, "abstract", 2))
    ]
    assert others[0] == part.generated[0].instance.id
    assert len(set(others)) == 4


def test_the_standard_set_is_the_same_everywhere() -> None:
    """Changing what is drawn needs a new generator version: published results name sets by their arguments."""
    found = {
        domain: draw_ramp(Arguments(domain=domain), 1).instance("all", 30).id[:16] for domain in DOMAINS
    }  # fmt: skip
    assert found == {"abstract": "7b97c3b1c939578d", "data-center-migration": "0257c78355bef30a"}


@pytest.mark.parametrize(("tasks", "layers"), [(2, 2), (3, 2), (7, 7), (45, 3)])
def test_other_sizes_are_sets_too(tasks, layers) -> None:
    arguments = Arguments(levels=(1,), per_level=4, tasks=tasks, layers=layers, phases=CONTROLS)
    made = generate(arguments)
    assert InstanceSet.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_migration_has_names(drawn) -> None:
    instance = drawn[-1].instance("all", 30)
    assert len({task.name for task in instance.tasks}) == len(instance.tasks)
    assert [r.name for r in instance.resources][:4] == [
        "network engineers", "system engineers", "facility crew", "forklifts"
    ]  # fmt: skip
    assert all(" in " in task.name for task in instance.tasks)


def test_a_level_without_room_is_refused() -> None:
    with pytest.raises(LevelError, match="level 9 cannot be reached with 4 tasks in 2 layers: at most 4 precedences"):
        draw_edges(Dice("x"), [1, 1, 2, 2], least=9, most=9)
    assert len(draw_edges(Dice("x"), [1, 1, 2, 2], least=2, most=9)) == 4


def test_a_level_that_every_greedy_rule_solves_is_refused_unless_it_is_a_control() -> None:
    loose = {"levels": (3,), "per_level": 2, "slack": 500}
    with pytest.raises(LevelError, match=r"level 3 of phase windows would show nothing: .*greedy share 1\.0"):
        generate(Arguments(phases=("precedence", "windows"), **loose))
    assert len(generate(Arguments(phases=CONTROLS, **loose)).generated) == 2 * len(CONTROLS)


# ---- how hard it is without search -----------------------------------------------------------------------------------


def test_serial_schedules_break_nothing_but_deadlines_and_the_horizon(drawn) -> None:
    for ramp in drawn:
        instance = ramp.instance("all", 30)
        project = Project(instance)
        orders = [greedy_order(project, rule) for rule in GREEDY_RULES]
        orders += [random_order(project, Dice(k)) for k in range(20)]
        for order in orders:
            starts, feasible = project.schedule(order)
            found = verify(instance, starts)
            assert set(found.kinds) <= {"DEADLINE", "HORIZON"}
            assert feasible == found.feasible


def test_no_task_of_a_serial_schedule_could_start_earlier(drawn) -> None:
    for ramp in drawn:
        instance = ramp.instance("disjunctive", 25)
        starts, _ = Project(instance).schedule(random_order(Project(instance), Dice("early")))
        for task, start in starts.items():
            others = [other for other in starts if other != task]
            earlier = range(instance.task(task).release or 0, start)
            for before in earlier:
                moved = {**starts, task: before}
                blamed = [v for v in verify(instance, moved).violations if task in v.tasks]
                assert blamed, (task, before, others)


def shares(made: InstanceSet, phase: str, what: str = "random_share") -> list[float]:
    """Mean share at each level."""
    return [
        float(np.mean([
            getattr(g.tightness, what)
            for g in made.generated if g.instance.phase == phase and g.instance.level == level
        ]))
        for level in made.arguments.levels
    ]  # fmt: skip


@pytest.mark.parametrize("domain", DOMAINS)
def test_any_order_solves_the_controls_and_from_windows_on_shares_fall_with_the_level(domain) -> None:
    made = generate(Arguments(levels=(2, 16, 30), per_level=12, seed=2, domain=domain))
    for phase in CONTROLS:
        assert shares(made, phase) == shares(made, phase, "greedy_share") == [1, 1, 1]
    for phase in WINDOWED:
        low, middle, high = shares(made, phase)
        assert low > middle > high, phase
        assert low > high + 0.2, phase


def test_shares_fall_as_windows_get_tighter() -> None:
    found = [generate(Arguments(levels=(15,), per_level=16, seed=4, phases=WINDOWED, slack=s)) for s in (1, 4, 12)]
    for phase in WINDOWED:
        tight, medium, loose = (shares(made, phase)[0] for made in found)
        assert tight + 0.05 < medium < loose - 0.05, phase


def test_solvers(drawn) -> None:
    instance = drawn[0].instance("all", 30)
    found = {name: solver(instance, 5) for name, solver in SOLVERS.items()}
    assert list(found) == ["cp-sat", "sgs-lft", "random-order", "all-at-zero"]
    assert verify(instance, found["cp-sat"]).feasible
    assert found == {name: solver(instance, 5) for name, solver in SOLVERS.items()}
    assert found["random-order"] != SOLVERS["random-order"](instance, 6)
    assert set(found["all-at-zero"].values()) == {0}
    project = Project(instance)
    assert found["sgs-lft"] == project.schedule(greedy_order(project, "LFT"))[0]


def test_all_at_zero_is_never_feasible_since_every_level_has_a_precedence(drawn) -> None:
    for ramp in drawn:
        for phase in PHASES + ABLATIONS:
            instance = ramp.instance(phase, 1)
            assert "PRECEDENCE" in verify(instance, SOLVERS["all-at-zero"](instance, 0)).kinds


def test_cp_sat_says_when_there_is_no_schedule(tiny) -> None:
    assert cp_sat.solve(replace(tiny, horizon=6)) is None
    assert verify(tiny, cp_sat.solve(tiny) or {}).feasible


# ---- the standard sets -----------------------------------------------------------------------------------------------


def falls(values: list[float]) -> float:
    """Spearman's rank correlation with the level (1904)."""
    ranks = np.argsort(np.argsort(-np.array(values)))
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])


@pytest.mark.verify
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_standard_set(domain) -> None:
    made = generate(Arguments(domain=domain))
    assert len(made.generated) == 2400
    solved = zero = 0
    for found in made.generated:
        schedule = SOLVERS["cp-sat"](found.instance, 0)
        solved += schedule is not None and verify(found.instance, schedule).feasible
        zero += verify(found.instance, SOLVERS["all-at-zero"](found.instance, 0)).feasible
    assert solved == 2400
    assert zero == 0
    for phase in CONTROLS:
        assert min(shares(made, phase)) > 0.99
    for phase in WINDOWED:
        assert falls(shares(made, phase)) > 0.85, phase
