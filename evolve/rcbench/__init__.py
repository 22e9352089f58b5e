"""R-ConstraintBench: contestants (models, solvers, evolved heuristics) asked for feasible schedules, and their answers."""
