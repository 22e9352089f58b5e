"""The sum of the radii of 26 circles in the unit square; the program runs in a process of its own."""

import json
import subprocess
import sys

import numpy as np

BEST_KNOWN = 2.635  # as published with AlphaEvolve (Novikov et al., arXiv:2506.13131, 2025)
RUN = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("program", sys.argv[1])
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)
centers, radii, total = program.run_packing()
print(json.dumps({"centers": [list(map(float, c)) for c in centers], "radii": list(map(float, radii))}))
"""


def flaw(centers, radii):
    """Why it is no packing; empty if it is one."""
    if centers.shape != (26, 2) or radii.shape != (26,):
        return f"shapes {centers.shape} and {radii.shape}"
    if not (np.isfinite(centers).all() and np.isfinite(radii).all() and (radii >= 0).all()):
        return "a number is not finite, or a radius negative"
    if (centers - radii[:, None] < -1e-9).any() or (centers + radii[:, None] > 1 + 1e-9).any():
        return "a circle leaves the square"
    for i in range(26):
        for j in range(i):
            if np.hypot(*(centers[i] - centers[j])) < radii[i] + radii[j] - 1e-9:
                return f"circles {j} and {i} overlap"
    return ""


def evaluate(program_path):
    ran = subprocess.run(
        [sys.executable, "-c", RUN, program_path], capture_output=True, text=True, timeout=20, check=False
    )
    if ran.returncode != 0:
        return {"combined_score": 0.0, "validity": 0.0, "error": ran.stderr[-500:]}
    said = json.loads(ran.stdout)
    wrong = flaw(np.array(said["centers"]), np.array(said["radii"]))
    if wrong:
        return {"combined_score": 0.0, "validity": 0.0, "error": wrong}
    total = float(np.sum(said["radii"]))
    return {
        "sum_radii": total,
        "target_ratio": total / BEST_KNOWN,
        "validity": 1.0,
        "combined_score": total / BEST_KNOWN,
    }
