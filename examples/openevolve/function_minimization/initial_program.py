"""Search for the least value of a wavy function of two variables."""

# EVOLVE-BLOCK-START
import random


def search(f, bounds, calls, seed):
    """The best point found with so many calls of f."""
    rng = random.Random(seed)
    best, least = None, None
    for _ in range(calls):
        point = (rng.uniform(*bounds), rng.uniform(*bounds))
        value = f(*point)
        if least is None or value < least:
            best, least = point, value
    return best


# EVOLVE-BLOCK-END


def run_search(f, seed, bounds=(-5.0, 5.0), calls=200):
    """What the evaluator calls."""
    return search(f, bounds, calls, seed)
