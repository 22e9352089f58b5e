"""R-ConstraintBench: models, solvers and evolved heuristics are asked for feasible schedules."""
