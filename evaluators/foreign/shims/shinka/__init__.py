"""Stands in for the package of that name inside the sandbox: only what evaluators import from it."""
