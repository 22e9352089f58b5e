"""The server: tools over standard input and output, each a few lines on what the desk does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from evaluators.registry import UnknownProblemError, problem_folders
from evaluators.tables import TableError
from evolve.archive import Archive, ArchiveError
from evolve.inbox import InboxError, folder_beside
from evolve.mcp.child import DONE, NO_WINNER, ChildCampaign
from evolve.mcp.desk import Desk, DeskError

LOOK_SECONDS = 0.2
LONGEST_WAIT = 600.0
INSTRUCTIONS = (
    "You improve heuristics. Call next_prompt, think about the program it shows, and hand in your whole answer (the "
    "program, or the SEARCH/REPLACE blocks it asks for) with submit_candidate. It returns the verdict; what failed "
    "comes back once as a prompt that says what went wrong. Go on until next_prompt says the campaign is done. "
    "campaign_status, archive_best and archive_show tell what was found so far. Programs are judged in a sandbox."
)
T = TypeVar("T")


class Service:
    """The tools' state: one desk, and the campaign this process has started, if it has.

    Args:
        archive: of the campaigns.
        inbox: folder for prompts and answers; None: beside the archive.
    """

    def __init__(self, archive: Archive, inbox: Path | None) -> None:
        self.desk = Desk(archive, inbox)
        self._archive, self._inbox = archive, inbox
        self._child: ChildCampaign | None = None

    def start(self, target: str, **options: object) -> None:
        """Start a campaign in a process of its own, unless one runs.

        Raises:
            DeskError: if one runs.
            InboxError: if the inbox cannot be made.
        """
        given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
        box = [] if self._inbox is None else [f"--inbox={self._inbox}"]
        command = ["run", "--proposer=inbox", *given, *box, f"--archive={self._archive.path}", "--plain", "--", target]
        self._run(command, self._inbox or folder_beside(self._archive.path, None))

    def resume(self) -> None:
        """Go on with the newest campaign, in a process of its own.

        Raises:
            DeskError: if there is none that can go on.
        """
        campaign = self.desk.campaign()
        if campaign is None or campaign.row["state"] == "done":
            raise DeskError(f"{self._archive.path}: holds no unfinished inbox campaign; start_campaign starts one")
        self._run(["resume", campaign.id, f"--archive={self._archive.path}", "--plain"], campaign.inbox.path)

    def start_or_resume(self, problem: str, target: str, **options: object) -> None:
        """Watch the campaign on ``problem`` that runs, go on with one that is unfinished, or start one."""
        campaign = self.desk.campaign()
        if campaign is None or campaign.row["state"] == "done" or campaign.row["problem"] != problem:
            self.start(target, **options)
        elif not campaign.running:
            self.resume()

    def _run(self, arguments: list[str], inbox: Path) -> None:
        campaign = self.desk.campaign()
        if self._child_runs() or (campaign is not None and campaign.running):
            raise DeskError("a campaign is running already; campaign_status says how far it is")
        self._child = ChildCampaign(arguments, inbox)

    def starting(self) -> bool:
        """Whether the campaign started here is not on record as running yet."""
        campaign = self.desk.campaign()
        return self._child_runs() and (campaign is None or not campaign.running)

    def failure(self) -> str:
        """Why the campaign started here ended; empty if it runs or is done."""
        if self._child is None or self._child.code() in (None, DONE):
            return ""
        campaign = self.desk.campaign()
        done = self._child.code() == NO_WINNER and campaign is not None and campaign.row["state"] == "done"
        return "" if done else self._child.last_words()

    def _child_runs(self) -> bool:
        return self._child is not None and self._child.code() is None

    def stop(self) -> None:
        """Stop the campaign that was started here; others go on."""
        if self._child is not None:
            self._child.stop()


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """What cannot be had is told the agent in one sentence."""
    try:
        yield
    except (ArchiveError, DeskError, InboxError, TableError, UnknownProblemError) as error:
        raise ToolError(str(error)) from None


async def _wait_for(look: Callable[[], T | None], seconds: float) -> T | None:
    """What ``look`` finds within some time, else None."""
    if not 0 <= seconds <= LONGEST_WAIT:
        raise ToolError(f"wait_seconds must lie between 0 and {LONGEST_WAIT:g}, not {seconds:g}")
    with anyio.move_on_after(seconds):
        while (found := look()) is None:
            await anyio.sleep(LOOK_SECONDS)
        return found
    return look()


def make_server(service: Service) -> MCPServer[None]:
    """The server with its tools."""
    desk = service.desk

    @contextlib.asynccontextmanager
    async def living(_: MCPServer[None]) -> AsyncIterator[None]:
        try:
            yield
        finally:
            service.stop()

    server: MCPServer[None] = MCPServer("evolve", instructions=INSTRUCTIONS, log_level="WARNING", lifespan=living)

    def look_for_prompt() -> dict[str, Any] | None:
        """A prompt or, once the campaign is over, its state; None while there may be one soon."""
        if service.starting():
            return None
        if service.failure():
            raise DeskError(service.failure())
        campaign = desk.campaign()
        if campaign is not None and campaign.row["state"] == "done":
            return {"id": None, "state": "done", "text": "The campaign is done; campaign_status tells how it ended."}
        return desk.next_prompt()

    @server.tool()
    async def next_prompt(wait_seconds: float = 30.0) -> dict[str, Any]:
        """An open prompt of the running campaign: its id and its text. Waits up to wait_seconds for one."""
        with _one_sentence():
            found = await _wait_for(look_for_prompt, wait_seconds)
        return found or {"id": None, "state": "running", "text": "No prompt is open now; ask again."}

    @server.tool()
    async def submit_candidate(id: int, answer: str, wait_seconds: float = 60.0) -> dict[str, Any]:
        """Hand in the whole answer to the prompt with this id. Returns the verdict, score and feedback once judged."""
        with _one_sentence():
            desk.submit(id, answer)
            judged = await _wait_for(lambda: desk.verdict(id), wait_seconds)
        return judged or {
            "id": id,
            "verdict": None,
            "feedback": "accepted, still being judged",
        }

    @server.tool()
    async def candidate_verdict(id: int, wait_seconds: float = 30.0) -> dict[str, Any]:
        """What became of the answer to the prompt with this id. Waits up to wait_seconds for the verdict."""
        with _one_sentence():
            judged = await _wait_for(lambda: desk.verdict(id), wait_seconds)
        return judged or {"id": id, "verdict": None, "feedback": "not judged yet"}

    @server.tool()
    async def campaign_status() -> dict[str, Any]:
        """How far the campaign is: counts, verdicts, the best so far on train and validation, open prompts."""
        with _one_sentence():
            if service.failure():
                raise DeskError(service.failure())
            return desk.status()

    @server.tool()
    async def archive_best(split: str = "validation", limit: int = 10) -> list[dict[str, Any]]:
        """The best candidates of the campaign's problem on train or validation, published heuristics included."""
        with _one_sentence():
            return desk.best(split, limit)

    @server.tool()
    async def archive_show(candidate: str) -> dict[str, Any]:
        """A candidate by the start of its id: source, where it came from, what it did on train and validation."""
        with _one_sentence():
            return desk.show(candidate)

    @server.tool()
    async def start_campaign(
        problem: str,
        proposals: int = 20,
        entry_point: str | None = None,
        minutes: float | None = None,
        seed: int | None = None,
        concurrency: int = 2,
    ) -> dict[str, Any]:
        """Start a campaign on a problem that comes with evolve; next_prompt then waits for its first prompt."""
        with _one_sentence():
            if problem not in problem_folders():
                raise DeskError(f"there is no problem {problem!r}; there are: {', '.join(sorted(problem_folders()))}")
            service.start(
                problem, proposals=proposals, entry_point=entry_point, minutes=minutes, seed=seed,
                concurrency=concurrency,
            )  # fmt: skip
        return {"state": "starting", "problem": problem, "text": "Call next_prompt for the first prompt."}

    @server.tool()
    async def resume_campaign() -> dict[str, Any]:
        """Go on with the newest inbox campaign that was stopped; open prompts keep their ids."""
        with _one_sentence():
            service.resume()
        return {"state": "starting", "text": "Call next_prompt for an open prompt."}

    return server
