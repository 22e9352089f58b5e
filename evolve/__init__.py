"""Campaigns: proposers, selection, archive, executors, command line."""
