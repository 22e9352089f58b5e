"""The problem kernels/sort."""
