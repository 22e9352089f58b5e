"""`evolve new`."""
def new() -> None:
    """x"""
