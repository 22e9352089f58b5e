"""The problem kernels/histogram."""
