"""What the tools work with: the desk, and the campaign this server has started, if it has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evolve.archive import Archive
from evolve.inbox import InboxError, folder_beside
from evolve.inbox.desk import Desk
from evolve.mcp.child import DONE, NO_WINNER, ChildCampaign


class Service:
    """The tools' state.

    Args:
        archive: of the campaigns.
        inbox: folder for prompts and answers; None: beside the archive.
    """

    def __init__(self, archive: Archive, inbox: Path | None) -> None:
        self.desk = Desk(archive, inbox)
        self.archive, self._inbox = archive, inbox
        self._child: ChildCampaign | None = None

    def start(self, target: str, seed_from: Sequence[str] = (), **options: object) -> None:
        """Start a campaign in a process of its own, unless one runs.

        Args:
            target: problem or folder.
            seed_from: what it starts from, as ``evolve run`` takes it.
            options: of ``evolve run``; None stands for one that was not given.

        Raises:
            InboxError: if one runs or the inbox cannot be made.
        """
        given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
        given += [f"--seed-from={one}" for one in seed_from]
        box = [] if self._inbox is None else [f"--inbox={self._inbox}"]
        command = ["run", "--proposer=inbox", *given, *box, f"--archive={self.archive.path}", "--plain", "--", target]
        self._run(command, self._inbox or folder_beside(self.archive.path, None))

    def resume(self) -> None:
        """Go on with the newest campaign, in a process of its own.

        Raises:
            InboxError: if there is none that can go on.
        """
        campaign = self.desk.campaign()
        if campaign is None or campaign.state == "done":
            raise InboxError(f"{self.archive.path}: holds no unfinished inbox campaign; start_campaign starts one")
        self._run(["resume", campaign.id, f"--archive={self.archive.path}", "--plain"], campaign.inbox.path)

    def start_or_resume(self, problem: str, target: str, seed_from: Sequence[str], **options: object) -> None:
        """Watch the campaign on ``problem`` that runs, go on with one that is unfinished, or start one.

        Raises:
            InboxError: as :meth:`start`.
        """
        campaign = self.desk.campaign()
        if campaign is None or campaign.state == "done" or campaign.row["problem"] != problem:
            self.start(target, seed_from, **options)
        elif not campaign.running:
            self.resume()

    def _run(self, arguments: list[str], inbox: Path) -> None:
        campaign = self.desk.campaign()
        if self._child_runs() or (campaign is not None and campaign.running):
            raise InboxError("a campaign is running already; campaign_status says how far it is")
        self._child = ChildCampaign(arguments, inbox)

    def next_prompt(self, brief: bool) -> dict[str, Any] | None:
        """As the desk's, but None also while the campaign started here is not on record as running yet.

        Raises:
            InboxError: if no campaign runs, or the one started here has failed.
        """
        campaign = self.desk.campaign()
        if self._child_runs() and (campaign is None or not campaign.running):
            return None
        self.check()
        return self.desk.next_prompt(brief)

    def check(self) -> None:
        """Find whether the campaign started here has failed.

        Raises:
            InboxError: with its last words.
        """
        if self._child is None or self._child.code() in (None, DONE):
            return
        campaign = self.desk.campaign()
        if self._child.code() != NO_WINNER or campaign is None or campaign.state != "done":
            raise InboxError(self._child.last_words())

    def _child_runs(self) -> bool:
        return self._child is not None and self._child.code() is None

    def stop(self) -> None:
        """Stop the campaign that was started here; others go on."""
        if self._child is not None:
            self._child.stop()
