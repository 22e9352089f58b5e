"""Running a program's experiment several times, and writing down what it came to."""

import importlib.util
import json
import math
import os
import statistics
import time

_NOTHING = {
    "combined_score": 0.0, "execution_time_mean": 0.0, "execution_time_std": 0.0, "num_successful_runs": 0,
    "num_valid_runs": 0, "num_invalid_runs": 0, "all_validation_errors": [],
}  # fmt: skip


def load_program(program_path):
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("program", program_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save_json_results(results_dir, metrics, correct, error=None, verbose=True):
    """Write ``metrics.json`` and ``correct.json``."""
    os.makedirs(results_dir, exist_ok=True)
    for name, content in (("correct", {"correct": bool(correct), "error": error}), ("metrics", metrics)):
        with open(os.path.join(results_dir, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, default=_plain)


def _plain(value):
    """Numbers and arrays of numpy as JSON has them."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def run_shinka_eval(
    program_path, results_dir, experiment_fn_name, num_runs, get_experiment_kwargs=None, aggregate_metrics_fn=None,
    validate_fn=None, plotting_fn=None, default_metrics_on_error=None, early_stop_method=None,
    early_stop_threshold=None, early_stop_score_fn=None, early_stop_kwargs=None, run_workers=1, max_workers_cap=None,
    verbose=None,
):  # fmt: skip
    """Call the program's function ``num_runs`` times, validate each result, aggregate them, write them down.

    All runs are made, one after another, whatever is said of stopping early or of workers; nothing is plotted.

    Returns:
        (metrics, whether every run was valid, the first error or None)
    """
    errors, seconds, results = [], [], []
    valid = 0
    error = None
    try:
        experiment = getattr(load_program(program_path), experiment_fn_name)
        for run in range(num_runs):
            arguments = get_experiment_kwargs(run) if get_experiment_kwargs else {"seed": run + 1}
            began = time.perf_counter()
            results.append(experiment(**arguments))
            seconds.append(time.perf_counter() - began)
            fine, complaint = validate_fn(results[-1]) if validate_fn else (True, None)
            valid += bool(fine)
            if not fine:
                error = error or f"Validation failed: {complaint}"
                errors += [complaint] if complaint and complaint not in errors else []
        metrics = aggregate_metrics_fn(results) if aggregate_metrics_fn else {"num_successful_runs": len(results)}
        metrics["execution_time_mean"] = statistics.fmean(seconds) if seconds else 0.0
        metrics["execution_time_std"] = statistics.pstdev(seconds) if seconds else 0.0
        if validate_fn:
            metrics["num_valid_runs"], metrics["num_invalid_runs"] = valid, len(results) - valid
            metrics["all_validation_errors"] = errors
        score = metrics.get("combined_score")
        if score is not None and not math.isfinite(score):
            error = error or f"combined_score is {score}"
        metrics.pop("extra_data", None)
    except Exception as failure:
        error = str(failure) or type(failure).__name__
        metrics = {**_NOTHING, **(default_metrics_on_error or {})}
    save_json_results(results_dir, metrics, error is None, error)
    return metrics, error is None, error
