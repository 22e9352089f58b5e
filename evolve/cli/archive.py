"""`evolve archive`."""
import typer
app = typer.Typer()
