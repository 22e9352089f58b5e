"""Parallel kernels in C++."""
