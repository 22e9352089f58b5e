"""Who is kept and who breeds: populations, islands, the choice of parents, the novelty filter."""
