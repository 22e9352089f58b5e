"""The same constraints as a CP-SAT model (OR-Tools): to find a schedule, and to have a second opinion on one.

Nothing here is shared with the verifier or the serial scheme, so that agreement means something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.rconstraintbench.model import Instance, Schedule

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

SECONDS = 60.0
"""Longest a solver may look for a schedule; instances of the standard set take a hundredth of a second."""
_FOUND = ("OPTIMAL", "FEASIBLE")


def solve(instance: Instance, seed: int = 0) -> dict[int, int] | None:
    """A feasible schedule, or None if none was found in time or there is none."""
    model, starts = _model(instance, None)
    solver = _solver(seed)
    if solver.status_name(solver.solve(model)) not in _FOUND:
        return None
    return {task: solver.value(start) for task, start in starts.items()}


def accepts(instance: Instance, schedule: Schedule) -> bool:
    """True if the model is feasible with every start fixed as in ``schedule``, which must have every task.

    Raises:
        RuntimeError: if CP-SAT does not decide, which with all starts fixed it always should.
    """
    model, _ = _model(instance, schedule)
    solver = _solver(0)
    status = solver.status_name(solver.solve(model))
    if status not in (*_FOUND, "INFEASIBLE"):
        raise RuntimeError(f"CP-SAT ended with {status} on instance {instance.name}")
    return status in _FOUND


def _solver(seed: int) -> cp_model.CpSolver:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1  # what several threads find is not repeatable
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_time_in_seconds = SECONDS
    return solver


def _model(instance: Instance, fixed: Schedule | None) -> tuple[cp_model.CpModel, dict[int, cp_model.IntVar]]:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    starts: dict[int, cp_model.IntVar] = {}
    intervals: dict[int, cp_model.IntervalVar] = {}
    latest = instance.horizon if fixed is None else max(instance.horizon, *fixed.values())
    for task in instance.tasks:
        start = model.new_int_var(0, latest, f"start {task.id}")
        if fixed is not None:
            model.add(start == fixed[task.id])
        if task.release is not None:
            model.add(start >= task.release)
        if task.deadline is not None:
            model.add(start + task.duration <= task.deadline)
        model.add(start + task.duration <= instance.horizon)
        starts[task.id] = start
        intervals[task.id] = model.new_fixed_size_interval_var(start, task.duration, f"task {task.id}")
    for before, after in instance.precedences:
        model.add(starts[after] >= starts[before] + instance.task(before).duration)
    for one, other in instance.disjunctive:
        model.add_no_overlap([intervals[one], intervals[other]])
    for r, resource in enumerate(instance.resources):
        users = [task for task in instance.tasks if task.demands[r]]
        # A resource that is down is one taken whole.
        down = [model.new_fixed_size_interval_var(start, end - start, "down") for start, end in resource.downtimes]
        model.add_cumulative(
            [*(intervals[task.id] for task in users), *down],
            [*(task.demands[r] for task in users), *(resource.capacity for _ in down)],
            resource.capacity,
        )
    return model, starts
