"""The problem kernels/maximal-independent-set."""
