"""Doing again what is on record: judging a candidate, and running a campaign on the answers it was given."""
