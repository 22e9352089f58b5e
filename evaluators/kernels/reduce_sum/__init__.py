"""The problem kernels/reduce-sum."""
