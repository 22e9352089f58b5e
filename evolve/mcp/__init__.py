"""Driving a campaign from a coding agent, over the Model Context Protocol."""
