"""The problem kernels/filter."""
