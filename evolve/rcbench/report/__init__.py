"""What runs of R-ConstraintBench came to: statistics, tables, an HTML page with plots, a Gantt page an instance."""
