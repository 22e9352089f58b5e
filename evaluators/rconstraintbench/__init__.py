"""R-ConstraintBench (Jain & Wetter, arXiv 2508.15204, 2025): instances and verifier, a re-implementation from the
published description. Every choice that is ours is listed in ``docs/RCONSTRAINTBENCH.md``.
"""

TITLE = "R-ConstraintBench, a re-implementation from the published description (arXiv 2508.15204)"
"""What everything that shows results of ours says they are of."""
