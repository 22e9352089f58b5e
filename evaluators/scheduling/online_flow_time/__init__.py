"""Flow time on one machine with jobs that arrive over time, 1|r_j, online|sum F_j."""
