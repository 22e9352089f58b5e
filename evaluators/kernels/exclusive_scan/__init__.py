"""The problem kernels/exclusive-scan."""
