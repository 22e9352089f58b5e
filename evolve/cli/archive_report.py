"""`evolve archive export --format html`: a campaign or a comparison as one file."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from evolve.cli.common import BadInputError, log, open_archive, print_json, printable, write_text

LONGEST_EXPLANATION = 20_000
"""Characters: a report says in plain words what a program does, and is no book."""


def export_report(
    reference: str | None, explanation: str | None, output: Path | None, archive: Path | None, as_json: bool
) -> None:
    """Write the report, and say how large it is.

    Args:
        reference: start of the id of a campaign or a comparison.
        explanation: text, or ``@FILE``.
        output: file; None: stdout.
        archive: file; None: the usual one.
        as_json: say it as JSON.
    """
    if reference is None:
        raise BadInputError(
            "--format html needs a campaign or a comparison: the start of its id, as `evolve archive list` shows it"
        )
    told = _explanation(explanation)
    from evolve.archive import queries
    from evolve.report.campaign import campaign_report
    from evolve.report.comparison import comparison_report
    from evolve.report.pages import ReportError

    with open_archive(archive, create=False) as store:
        found = [
            (kind, id, make)
            for kind, make in (("campaign", campaign_report), ("comparison", comparison_report))
            for id in queries.starting_with(store, f"{kind}s", reference)
        ]
        if len(found) != 1 or not reference:
            what = (
                "several campaigns' or comparisons' ids start" if found else "no campaign's or comparison's id starts"
            )
            raise BadInputError(f"{store.path}: {what} with {reference!r}; `evolve archive list` shows those there are")
        kind, id, make = found[0]
        try:
            text = make(store, id, told)
        except ReportError as error:
            raise BadInputError(str(error)) from None
    size = len(text.encode())
    if output is not None:
        write_text(output, text)
    if as_json:
        print_json({kind: id, "bytes": size, **({"html": text} if output is None else {"output": str(output)})})
    elif output is None:
        typer.echo(printable(text) if sys.stdout.isatty() else text, nl=False)
    else:
        log(f"{output}: {kind} {id}, {size / 1000:.0f} kB in one file")


def _explanation(given: str | None) -> str | None:
    """What was given, or what is in the file that was."""
    if given is None:
        return None
    text = given
    if given.startswith("@"):
        try:
            text = Path(given[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise BadInputError(f"--explanation: {given[1:]}: cannot be read: {reason}") from None
    if not text.strip() or len(text) > LONGEST_EXPLANATION:
        raise BadInputError(f"--explanation must have 1 to {LONGEST_EXPLANATION} characters, not {len(text.strip())}")
    return text.strip()
