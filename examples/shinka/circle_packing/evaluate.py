"""The sum of the radii of 26 circles in the unit square."""

import argparse

import numpy as np
from shinka.core import run_shinka_eval


def flaw(packing):
    """Whether it is a packing, and why not."""
    centers, radii, total = packing
    if centers.shape != (26, 2) or radii.shape != (26,):
        return False, f"shapes {centers.shape} and {radii.shape}"
    if not (np.isfinite(centers).all() and np.isfinite(radii).all() and (radii >= 0).all()):
        return False, "a number is not finite, or a radius negative"
    if (centers - radii[:, None] < -1e-9).any() or (centers + radii[:, None] > 1 + 1e-9).any():
        return False, "a circle leaves the square"
    for i in range(26):
        for j in range(i):
            if np.hypot(*(centers[i] - centers[j])) < radii[i] + radii[j] - 1e-9:
                return False, f"circles {j} and {i} overlap"
    return (True, None) if abs(total - radii.sum()) < 1e-9 else (False, f"the sum is {radii.sum()}, not {total}")


def aggregate(results):
    (packing,) = results
    radii = packing[1]
    return {
        "combined_score": float(radii.sum()),
        "public": {"smallest_radius": float(radii.min()), "largest_radius": float(radii.max())},
        "private": {"deviation": float(radii.std())},
    }


def main(program_path, results_dir):
    run_shinka_eval(
        program_path=program_path,
        results_dir=results_dir,
        experiment_fn_name="run_packing",
        num_runs=1,
        get_experiment_kwargs=lambda run: {},
        aggregate_metrics_fn=aggregate,
        validate_fn=flaw,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program_path", default="initial.py")
    parser.add_argument("--results_dir", default="results")
    given = parser.parse_args()
    main(given.program_path, given.results_dir)
