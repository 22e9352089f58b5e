"""`evolve compare`: proposers against each other at equal budget, each several times; go on where it stopped."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    ArchiveOption,
    BadInputError,
    JsonOption,
    check_choice,
    finish,
    log,
    open_archive,
    print_json,
)
from evolve.cli.configuring import check_spending, configured
from evolve.cli.interrupting import interruptible

if TYPE_CHECKING:
    from evolve.archive import Archive
    from evolve.campaign.config import CampaignConfig
    from evolve.campaign.dry import Checked
    from evolve.campaign.session import Session
    from evolve.compare.plan import Plan
    from evolve.compare.store import Cell

_NOT_SHAPING = ("resume", "archive", "dry_run", "as_json")
"""What may be given together with --resume; the rest is on record with the comparison."""

LINE_SECONDS = 15.0


def compare(
    context: typer.Context,
    target: Annotated[str | None, typer.Argument(metavar="CAMPAIGN.toml|PROBLEM", help="What to run.")] = None,
    proposers: Annotated[
        str, typer.Option(help="Two or more of genetic, random and llm, with commas between them.")
    ] = "genetic,random",
    repeats: Annotated[int, typer.Option(help="Campaigns of each proposer.", min=2, max=100)] = 10,
    evaluations: Annotated[int | None, typer.Option(help="Budget of each campaign.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the first campaign of each; the next has the next.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="For llm: a model's litellm name; may be repeated.")] = None,
    base_url: Annotated[str | None, typer.Option(help="For llm: an OpenAI-compatible endpoint of your own.")] = None,
    usd: Annotated[float | None, typer.Option(help="For llm: spend at most this much in each campaign.")] = None,
    entry_point: Annotated[str | None, typer.Option("--entry-point", help="Function to evolve.")] = None,
    workers: Annotated[int | None, typer.Option(help="Candidates judged at one time.")] = None,
    sandbox: Annotated[str | None, typer.Option(help="auto, docker or bubblewrap.")] = None,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Judge each campaign's winner on test.")] = True,
    resume: Annotated[
        str | None, typer.Option(help="Start of the id of a comparison to go on with, as it was.")
    ] = None,
    archive: ArchiveOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and say what would be done.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare proposers at equal evaluations. The same command again goes on with what is not done yet."""
    if (target is None) == (resume is None):
        raise BadInputError("name what to compare on, CAMPAIGN.toml or PROBLEM; or go on with --resume ID alone")
    for name in context.params if resume is not None else ():
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE":
            if name in _NOT_SHAPING:
                continue
            raise BadInputError(f"--resume goes on with a comparison as it was; leave --{name.replace('_', '-')} out")
    if target is None:
        assert resume is not None
        with open_archive(archive, create=False) as store, _recorded(store, resume) as (plan, found):
            _carry_out(store, plan, found, dry_run, as_json)
    named = tuple(word.strip() for word in proposers.split(","))
    assert target is not None
    config = _config(
        target,
        named,
        {"entry_point": entry_point, "seed": seed, "workers": workers, "sandbox": sandbox},
        {"evaluations": evaluations, "usd": usd},
        {"models": list(model) if model else None, "base_url": base_url},
    )
    with open_archive(archive, create=True) as store, _planned(store, config, named, repeats, test) as (plan, found):
        _carry_out(store, plan, found, dry_run, as_json)


def _config(
    target: str, proposers: tuple[str, ...], main: dict[str, Any], bounds: dict[str, Any], llm: dict[str, Any]
) -> CampaignConfig:
    from evolve.compare.plan import COMPARED, for_proposer

    for name in proposers:
        check_choice("--proposers", name, COMPARED)
    if len(set(proposers)) != len(proposers) or len(proposers) < 2:
        raise BadInputError(
            f"--proposers is {','.join(proposers)!r}; it must name two or more different ones of {', '.join(COMPARED)}"
        )
    if "llm" not in proposers and any(value is not None for value in llm.values()):
        raise BadInputError(f"--model and --base-url are for the llm proposer; --proposers is {','.join(proposers)}")
    config = configured(target, main, bounds, llm)
    for key in ("minutes", "proposals", "tokens"):
        if getattr(config.bounds, key) is not None:
            raise BadInputError(
                f"{target}: 'budget.{key}' is no equal budget; a comparison is bounded by evaluations (and usd for llm)"
            )
    if config.bounds.evaluations is None:
        raise BadInputError(
            f"{target}: a comparison needs the same budget for all: --evaluations N, or evaluations in [budget]"
        )
    if config.bounds.usd is not None and "llm" not in proposers:
        raise BadInputError(f"--usd bounds the llm proposer; --proposers is {','.join(proposers)}")
    for name in proposers:
        check_spending(for_proposer(config, name))
    return config


@contextmanager
def _planned(
    store: Archive, config: CampaignConfig, proposers: tuple[str, ...], repeats: int, test: bool
) -> Iterator[tuple[Plan, Checked]]:
    from evolve.campaign.dry import checked
    from evolve.compare.plan import for_proposer, make_plan

    with checked([for_proposer(config, name) for name in proposers], store) as found:
        yield make_plan(config, proposers, repeats, test, found), found


@contextmanager
def _recorded(store: Archive, prefix: str) -> Iterator[tuple[Plan, Checked]]:
    from evolve.campaign.dry import checked
    from evolve.compare.plan import ComparisonError, for_proposer
    from evolve.compare.store import find_plan

    plan = find_plan(store, prefix)
    with checked([for_proposer(plan.config, name) for name in plan.proposers], store) as found:
        version = found.problem.spec.version
        if version != plan.problem_version:
            raise ComparisonError(
                f"comparison {plan.id} was begun on version {plan.problem_version} of {plan.problem}, which is now "
                f"{version}: its campaigns could not be compared, start a new one"
            )
        yield plan, found


def _carry_out(store: Archive, plan: Plan, found: Checked, dry_run: bool, as_json: bool) -> None:
    """Do or rehearse it, print, and leave with an exit code."""
    if dry_run:
        from evolve.compare.rehearsal import dry_run as rehearse

        document = rehearse(plan, store, found)
        if as_json:
            print_json(document)
        else:
            for key, value in document.items():
                typer.echo(f"{key}: {value}")
        finish(DONE)
    from evolve.compare.drive import Driver
    from evolve.compare.report import make_document
    from evolve.compare.store import ComparisonStore

    comparison = ComparisonStore(store, plan)
    comparison.create(found)
    driver = Driver(store, comparison, _Lines(plan))
    go_on = f"evolve compare --resume {plan.id} --archive {shlex.quote(str(store.path))}"

    def stop() -> None:
        driver.stop()
        os.write(2, b"evolve: stopping: what is being judged is finished first; press Ctrl-C again to stop at once\n")

    with interruptible(stop, lambda: f"go on with: {go_on}"):
        reason = driver.run()
    state = "stopped" if reason else "done"
    document = make_document(comparison, state, reason)
    comparison.reported(state, reason, document)
    if as_json:
        print_json(document)
    else:
        from evolve.cli.compare_result import show_comparison

        show_comparison(document)
    if reason:
        log(f"evolve: {reason}; go on with: {go_on}")
    finish(FAILED if reason else DONE)


class _Lines:
    """A line when a campaign begins and ends, and now and then between."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._started, self._done = time.monotonic(), 0
        self._next, self._place = 0.0, ""

    def began(self, cell: Cell, number: int, of: int) -> None:
        """See :class:`evolve.compare.drive.Watcher`."""
        self._place = f"{number} of {of}: {cell.proposer}, seed {cell.seed}"
        self._next = time.monotonic() + LINE_SECONDS
        log(f"evolve: {self._place}: campaign {cell.campaign_id} {'goes on' if cell.state else 'begins'}")

    def beat(self, session: Session) -> None:
        """See :class:`evolve.compare.drive.Watcher`."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_SECONDS
            log(f"evolve: {self._place}: {self._so_far(session)}")

    def ended(self, session: Session, left: int) -> None:
        """See :class:`evolve.compare.drive.Watcher`."""
        self._done += 1
        minutes = (time.monotonic() - self._started) / self._done * left / 60
        log(f"evolve: {self._place}: {self._so_far(session)}" + (f"; about {minutes:.1f} min left" if left else ""))

    def _so_far(self, session: Session) -> str:
        progress = session.progress
        best = f"validation {progress.validation[-1].score:.4g}" if progress.validation else "no champion yet"
        return f"{progress.evaluations} of {self._plan.evaluations} evaluations, {best}"
