"""`evolve ui`: the archive in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from evolve.cli.common import ArchiveOption, BadInputError, archive_path, log, open_archive


def ui(
    archive: ArchiveOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; from any but this machine's own, a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 8484,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open nothing.")] = False,
) -> None:
    """Look at the archive in a browser: campaigns as they run, candidates, what each cost and why it failed."""
    from evolve.cli.archive_list import bring_up_to_date

    with open_archive(archive, create=False) as store:
        bring_up_to_date(store)
    from evolve.web.app import app_of, make_site
    from evolve.web.security import Access
    from evolve.web.serving import address_of, listen, serve

    access = Access.bound_to(host)
    site = make_site(archive_path(archive), access)
    try:
        listening = listen(host, port)
    except (OSError, UnicodeError) as error:  # a name that is none is no text to resolve, either
        why = getattr(error, "strerror", None) or error
        raise BadInputError(f"--host {host!r} --port {port}: cannot be listened on: {why}") from None
    address = address_of(listening, host, access.token)

    def ready() -> None:
        log(f"evolve: {address} (Ctrl-C ends it)")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(app_of(site), listening, ready, site.pulse.close)
