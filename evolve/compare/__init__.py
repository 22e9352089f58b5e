"""Proposers compared at equal budget: many campaigns of each, and what can be said of the difference."""
