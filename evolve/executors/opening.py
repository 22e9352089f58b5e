"""From a campaign's configuration to its executor."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from evaluators.problem import Problem
from evolve.campaign.config import CampaignConfig
from evolve.campaign.machine import check_machine
from evolve.campaign.parlay import parlaylib_of
from evolve.executors.base import Executor
from evolve.executors.local import LocalExecutor
from evolve.memory import limit_heap_growth
from sandboxes.pool import open_pool


@contextlib.contextmanager
def open_executor(
    config: CampaignConfig, problem: Problem, say: Callable[[str], None], environment: str | None = None
) -> Iterator[Executor]:
    """The executor of a campaign, ready to judge.

    Args:
        config: of the campaign.
        problem: its problem.
        say: is told what is being done.
        environment: of the campaign, if it began earlier.

    Raises:
        CampaignError, ParlayLibError, SandboxUnavailableError: one sentence each.
    """
    library = parlaylib_of(config)
    limit_heap_growth()
    if config.executor == "ray":
        from evolve.executors.ray_executor import open_ray

        with open_ray(config, problem, say, environment, library) as remote:
            yield remote
        return
    say("starting the sandbox")
    with open_pool(config.sandbox, slots=config.workers, **problem.spec.requires.visible) as pool:
        check_machine(problem, pool)
        yield LocalExecutor(problem, pool, library)


def check_executor(config: CampaignConfig) -> None:
    """What can be known to be lacking before anything is started.

    Raises:
        CampaignError, ParlayLibError: one sentence.
    """
    parlaylib_of(config)
    if config.executor == "ray":
        from evolve.executors.ray_connection import load_ray

        load_ray(config.ray.address)
