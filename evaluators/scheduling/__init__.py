"""Scheduling problems."""
