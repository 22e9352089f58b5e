"""The problem kernels/bfs."""
