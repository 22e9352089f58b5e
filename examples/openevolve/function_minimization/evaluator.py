"""How near a search comes to the least value of sin(x) cos(y) + sin(xy) + (x² + y²)/20, averaged over seeds."""

import importlib.util
import math

from openevolve.evaluation_result import EvaluationResult

LEAST = -1.51870  # found by a fine grid and polished by descent


def f(x, y):
    return math.sin(x) * math.cos(y) + math.sin(x * y) + (x * x + y * y) / 20


def load(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trials(path, seeds):
    """Metrics and a note on the worst seed."""
    program = load(path)
    gaps = {}
    for seed in seeds:
        x, y = program.run_search(f, seed)
        if not (abs(x) <= 5 and abs(y) <= 5):
            return EvaluationResult(
                {"combined_score": 0.0, "error": f"the point ({x}, {y}) lies outside the square"}, {}
            )
        gaps[seed] = f(x, y) - LEAST
    mean = sum(gaps.values()) / len(gaps)
    worst = max(gaps, key=gaps.get)
    return EvaluationResult(
        {"combined_score": 1 / (1 + max(mean, 0.0)), "mean_gap": mean, "seeds": len(gaps)},
        {"worst": f"seed {worst} ends {gaps[worst]:.4f} above the least value"},
    )


def evaluate_stage1(path):
    return trials(path, range(2))


def evaluate_stage2(path):
    return evaluate(path)


def evaluate(path):
    return trials(path, range(10))
