"""The command `evolve`: verbs, exit codes, and the rule that no traceback reaches a user.

Exit codes: 0 done, 1 ran and failed, 2 bad input.
"""

from __future__ import annotations

import io
import os
import sys

# litellm would fetch its price list from the network at import.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
# The driver's matrices are small; a BLAS with a thread a core would spin on the cores that candidates are judged on.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer
from typer.exceptions import Abort, TyperException

from evolve.cli import archive, audit, compare, doctor, eval, inbox, mcp, new, problems, rcbench, replay, run, ui
from evolve.cli.common import BAD_INPUT, FAILED, BadInputError, log

app = typer.Typer(
    name="evolve",
    help="Evolve scheduling heuristics and parallel kernels; every candidate is judged in a sandbox.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("doctor")(doctor.doctor)
app.command("problems")(problems.problems)
app.command("eval")(eval.evaluate)
app.command("run")(run.run)
app.command("resume")(run.resume)
app.command("compare")(compare.compare)
app.add_typer(archive.app, name="archive")
app.add_typer(rcbench.app, name="rcbench")
app.command("audit")(audit.audit)
app.command("replay")(replay.replay)
app.add_typer(inbox.app, name="inbox")
app.command("mcp")(mcp.mcp)
app.command("new")(new.new)
app.command("ui")(ui.ui)


def _bad_input_types() -> tuple[type[Exception], ...]:
    """Exceptions whose message is one sentence about what the user gave; imported only once something went wrong."""
    from evaluators.audit.attack_set import AttackError
    from evaluators.registry import UnknownProblemError
    from evaluators.tables import TableError
    from evaluators.toolchains.parlaylib import ParlayLibError
    from evolve.archive import ArchiveError
    from evolve.archive.browse import BrowseError
    from evolve.archive.export import ExportError
    from evolve.campaign.session import CampaignError
    from evolve.compare.plan import ComparisonError
    from evolve.executors.base import ExecutorError
    from evolve.llm.errors import FatalLLMError, UnknownPriceError
    from evolve.llm.settings import SettingsError
    from evolve.proposers.seeds import SourceError
    from evolve.rcbench.results import RunNotFoundError
    from evolve.rcbench.runs import RunError
    from evolve.replay.drift import ReplayError
    from sandboxes import SandboxUnavailableError

    return (
        BadInputError, UnknownProblemError, TableError, ArchiveError, CampaignError, UnknownPriceError, SettingsError,
        SourceError, SandboxUnavailableError, FatalLLMError, ExportError, AttackError, RunNotFoundError, RunError,
        ComparisonError, ReplayError, ExecutorError, ParlayLibError, BrowseError,
    )  # fmt: skip


def main() -> None:
    """Entry point of the console script."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a character shows `?`
    try:
        code = app(prog_name="evolve", standalone_mode=False)
    except Abort:
        log("evolve: interrupted")
        sys.exit(130)
    except TyperException as error:
        message = error.format_message()
        if message.startswith("Usage:"):  # no verb was given: the help is the answer
            log(message)
            sys.exit(BAD_INPUT)
        context = getattr(error, "ctx", None)
        hint = f" (`{context.command_path} --help` shows what is allowed)" if context is not None else ""
        log(f"evolve: {message.rstrip('.')}{hint}")
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        log("evolve: interrupted")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:
        if isinstance(error, _bad_input_types()):
            log(f"evolve: {error}")
            sys.exit(BAD_INPUT)
        if os.environ.get("EVOLVE_DEBUG"):
            raise
        log(f"evolve: internal error: {type(error).__name__}: {error} (EVOLVE_DEBUG=1 shows where)")
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)
