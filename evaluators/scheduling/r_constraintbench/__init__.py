"""Feasible schedules for the instances of R-ConstraintBench, by a priority rule."""
