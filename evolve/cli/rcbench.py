"""`evolve rcbench`: R-ConstraintBench, a benchmark of language models on scheduling."""

from __future__ import annotations

import typer

from evolve.cli import rcbench_generate, rcbench_report, rcbench_run

app = typer.Typer(
    name="rcbench",
    help="R-ConstraintBench (re-implemented from its published description): where schedules stop being feasible.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("generate", short_help="Generate instances, each with a hidden feasible schedule.")(
    rcbench_generate.generate
)
app.command("run", short_help="Ask models, solvers and evolved heuristics for schedules.")(rcbench_run.run)
app.command("report", short_help="Say where schedules stop being feasible, and by what.")(rcbench_report.report)
