"""Families of inputs for kernels: keys, graphs, matrices. Each is drawn from a seeded generator."""
