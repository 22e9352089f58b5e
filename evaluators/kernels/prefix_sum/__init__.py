"""Inclusive scan of 64-bit integers."""
