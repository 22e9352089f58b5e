"""Campaigns: what bounds them, the life of a candidate, selection, and the report at the end."""
