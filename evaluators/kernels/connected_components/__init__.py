"""The problem kernels/connected-components."""
