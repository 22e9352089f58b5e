"""How hard an instance is without search: the share of serial schedules that are feasible.

The greedy rules are priority rules of project scheduling; Davis & Patterson (Management Science 21(8), 1975) and
Kolisch (EJOR 90(2), 1996) compare many. Times are those of the critical path method, forward from releases and
backward from deadlines and the horizon.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluators.rconstraintbench.dice import Dice
from evaluators.rconstraintbench.model import Instance, Tightness
from evaluators.rconstraintbench.precedence import Reach
from evaluators.rconstraintbench.serial import Project

RANDOM_ORDERS = 40


class Times:
    """Earliest starts and latest ends by precedence, releases, deadlines and the horizon; index 0 is unused.

    Attributes:
        earliest: start of each task.
        latest: end of each task.
    """

    def __init__(self, project: Project) -> None:
        instance = project.instance
        count = len(instance.tasks)
        order = project.order([float(task.layer) for task in instance.tasks])
        self.earliest = [0] * (count + 1)
        self.latest = [instance.horizon] * (count + 1)
        for number in order:
            ends = [self.earliest[other] + instance.task(other).duration for other in project.before[number]]
            self.earliest[number] = max(instance.task(number).release or 0, *ends, 0)
        for number in reversed(order):
            starts = [self.latest[other] - instance.task(other).duration for other in project.after[number]]
            deadline = instance.task(number).deadline
            self.latest[number] = min(instance.horizon if deadline is None else deadline, *starts, instance.horizon)


def _latest_end(project: Project, times: Times) -> list[float]:
    return [times.latest[task.id] for task in project.instance.tasks]


def _latest_start(project: Project, times: Times) -> list[float]:
    return [times.latest[task.id] - task.duration for task in project.instance.tasks]


def _slack(project: Project, times: Times) -> list[float]:
    tasks = project.instance.tasks
    return [times.latest[task.id] - task.duration - times.earliest[task.id] for task in tasks]


def _successors(project: Project, times: Times) -> list[float]:
    instance = project.instance
    reach = Reach(len(instance.tasks), instance.precedences)
    return [-reach.after[task.id].bit_count() for task in instance.tasks]


def _rank_weight(project: Project, times: Times) -> list[float]:
    instance = project.instance
    return [-task.duration - sum(instance.task(k).duration for k in project.after[task.id]) for task in instance.tasks]


def _shortest(project: Project, times: Times) -> list[float]:
    return [task.duration for task in project.instance.tasks]


def _earliest_start(project: Project, times: Times) -> list[float]:
    return [times.earliest[task.id] for task in project.instance.tasks]


Rule = Callable[[Project, Times], list[float]]
GREEDY_RULES: Mapping[str, Rule] = MappingProxyType({
    "LFT": _latest_end,
    "LST": _latest_start,
    "MINSLK": _slack,
    "MTS": _successors,
    "GRPW": _rank_weight,
    "SPT": _shortest,
    "EST": _earliest_start,
})  # fmt: skip
"""Name -> priority of each task, least first."""


def greedy_order(project: Project, rule: str) -> list[int]:
    """The order in which a greedy rule takes the tasks."""
    return project.order(GREEDY_RULES[rule](project, Times(project)))


def random_order(project: Project, dice: Dice) -> list[int]:
    """A random order that respects precedences: tasks by random priorities."""
    return project.order([dice.share() for _ in project.instance.tasks])


def solved_by_all_greedy_rules(instance: Instance) -> bool:
    """True if the greedy share is 1."""
    project = Project(instance)
    times = Times(project)
    # The rule that is blind to windows comes first: it most often answers the question.
    return all(
        project.schedule(project.order(GREEDY_RULES[name](project, times)), stop=True)[1]
        for name in sorted(GREEDY_RULES, key=lambda name: name != "SPT")
    )


def tightness(instance: Instance, samples: int = RANDOM_ORDERS) -> Tightness:
    """Measure an instance; the random orders derive from its id."""
    project, dice = Project(instance), Dice("tightness", instance.id)
    times = Times(project)
    greedy = [project.schedule(project.order(rule(project, times)), stop=True)[1] for rule in GREEDY_RULES.values()]
    by_chance = sum(project.schedule(random_order(project, dice), stop=True)[1] for _ in range(samples))
    return Tightness(sum(greedy) / len(greedy), by_chance / samples, samples)
