"""Single-machine total tardiness, 1||sum T_j."""
