"""The problem kernels/spmv."""
