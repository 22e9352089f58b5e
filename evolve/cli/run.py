"""`evolve run` and `evolve resume`: launch a campaign, watch it, and read its result."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evolve.cli.common import (
    DONE,
    FAILED,
    ArchiveOption,
    FormatOption,
    JsonOption,
    ParlayOption,
    finish,
    formatted,
    log,
    open_archive,
    print_json,
)
from evolve.cli.configuring import check_spending, configured
from evolve.cli.interrupting import interruptible

if TYPE_CHECKING:
    from evolve.archive import Archive
    from evolve.campaign.session import Session
    from evolve.cli.live import Watcher


def run(
    target: Annotated[str, typer.Argument(metavar="CAMPAIGN.toml|PROBLEM|DIR", help="What to run.")],
    format: FormatOption = None,
    proposer: Annotated[
        str | None,
        typer.Option(
            help="genetic, random, llm, inbox or replay (default: genetic; the others with options of their own)."
        ),
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model's litellm name; may be repeated.")] = None,
    base_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint of your own.")] = None,
    inbox: Annotated[
        Path | None, typer.Option(help="Folder for prompts and answers; default: inbox/ beside the archive.")
    ] = None,
    replay_from: Annotated[
        str | None, typer.Option("--replay-from", help="Take the answers of this campaign (start of its id).")
    ] = None,
    replay_archive: Annotated[
        Path | None, typer.Option("--replay-archive", help="Archive that campaign is in; default: the one in use.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Questions open at one time (llm, inbox).")] = None,
    entry_point: Annotated[str | None, typer.Option("--entry-point", help="Function to evolve.")] = None,
    evaluations: Annotated[int | None, typer.Option(help="Stop after this many evaluations.")] = None,
    proposals: Annotated[int | None, typer.Option(help="Stop after this many proposals.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after this running time.")] = None,
    usd: Annotated[float | None, typer.Option(help="Spend at most this much on models.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Use at most this many tokens.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything drawn at random.")] = None,
    seed_from: Annotated[
        list[str] | None,
        typer.Option("--seed-from", help="Start from FILE, baseline:NAME or archive:ID; may be repeated."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Candidates judged at one time; with Ray, on each node.")] = None,
    executor: Annotated[str | None, typer.Option(help="local or ray.")] = None,
    ray_address: Annotated[
        str | None, typer.Option("--ray-address", help="Cluster to join: HOST:PORT or auto; default: none, Ray here.")
    ] = None,
    sandbox: Annotated[str | None, typer.Option(help="auto, docker or bubblewrap.")] = None,
    parlay_include: ParlayOption = None,
    archive: ArchiveOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and say what would be done.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of the live panel.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Evolve a heuristic; every proposal is judged in the sandbox and kept in the archive."""
    config = configured(
        formatted(target, format),
        {
            "proposer": proposer, "entry_point": entry_point, "seed": seed, "workers": workers, "executor": executor,
            "sandbox": sandbox, "seed_from": tuple(seed_from) if seed_from else None,
            "parlay_include": None if parlay_include is None else str(parlay_include.resolve()),
        },
        {"evaluations": evaluations, "proposals": proposals, "minutes": minutes, "usd": usd, "tokens": tokens},
        {"models": list(model) if model else None, "base_url": base_url},
        {"folder": None if inbox is None else str(inbox.resolve())},
        concurrency,
        {"campaign": replay_from, "archive": None if replay_archive is None else str(replay_archive.resolve())},
        {"address": ray_address},
    )  # fmt: skip
    check_spending(config)
    from evolve.campaign.config import with_default_bounds

    config = with_default_bounds(config)
    if dry_run:
        from evolve.campaign.dry import dry_run as rehearse

        with open_archive(archive, create=True) as store:
            document = rehearse(config, store)
        print_json(document) if as_json else _show_plan(document)
        finish(DONE)
    from evolve.campaign import session
    from evolve.cli.live import make_watcher

    watcher = make_watcher(plain)
    with (
        open_archive(archive, create=True) as store,
        _resumable(store),
        session.start(config, store, watcher.beat, watcher.say) as opened,
    ):
        _drive(opened, watcher, as_json)


def resume(
    campaign: Annotated[str | None, typer.Argument(help="Start of its id; default: the last unfinished one.")] = None,
    archive: ArchiveOption = None,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of the live panel.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Go on with a campaign that was stopped or killed."""
    from evolve.campaign import session
    from evolve.cli.live import make_watcher

    watcher = make_watcher(plain)
    with (
        open_archive(archive, create=False) as store,
        _resumable(store),
        session.resume(campaign, store, watcher.beat, watcher.say) as opened,
    ):
        _drive(opened, watcher, as_json)


def _resume_command(archive: Archive, campaign_id: str) -> str:
    return f"evolve resume {campaign_id} --archive {shlex.quote(str(archive.path))}"


@contextlib.contextmanager
def _resumable(archive: Archive) -> Iterator[None]:
    """Ctrl-C before the search has begun ends at once, and says how to go on if there is something to go on with."""
    from evolve.campaign.store import process_mark

    try:
        yield
    except KeyboardInterrupt:
        row = archive.row(
            "SELECT id FROM campaigns WHERE driver = ? AND state = 'running'", (process_mark(os.getpid()),)
        )
        if row is not None:
            log(f"evolve: stopped before the search, go on with: {_resume_command(archive, row['id'])}")
        raise


def _drive(session: Session, watcher: Watcher, as_json: bool) -> None:
    """Search, judge the winner on `test`, print."""

    def stop() -> None:
        session.engine.stop()
        watcher.warn("stopping: what is being judged is finished first; press Ctrl-C again to stop at once")

    def at_once() -> str:
        watcher.close(at_once=True)
        return f"go on with: {_resume_command(session.archive, session.campaign_id)}"

    with interruptible(stop, at_once):
        ending = session.search()
        watcher.beat(session, last=True)
        watcher.close()
        if ending.state == "done" and session.problem.instances("test"):
            watcher.say("judging the winner and every published heuristic on instances nobody has seen")
        document = session.finish(ending)
    if as_json:
        print_json(document)
    else:
        from evolve.cli.result import show_result

        show_result(document)
    if ending.state != "done":
        log(f"evolve: {ending.reason}; go on with: {_resume_command(session.archive, session.campaign_id)}")
    finish(DONE if ending.state == "done" and document["winner"] else FAILED)


def _show_plan(document: dict[str, Any]) -> None:
    from evolve.cli.common import console

    out = console()
    for key, value in document.items():
        out.print(f"{key}: {value}", markup=False)
