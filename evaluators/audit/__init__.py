"""Checks that a good score was earned: determinism, independence of order and names, no look into the future."""
