"""Whether a machine has what a problem needs."""

from __future__ import annotations

import os

from evaluators.problem import Problem
from evaluators.toolchains import toolchain
from sandboxes.pool import SandboxPool


class CampaignError(ValueError):
    """A campaign cannot be started or resumed; the message is one sentence."""


def check_machine(problem: Problem, pool: SandboxPool) -> None:
    """Refuse in one sentence what this machine lacks for a problem.

    Raises:
        CampaignError: naming what is lacking.
    """
    requires = problem.spec.requires
    cores = len(os.sched_getaffinity(0))
    if requires.cores > cores:
        raise CampaignError(f"{problem.spec.name} needs {requires.cores} cores; this machine has {cores}")
    if requires.accelerator != "none":
        raise CampaignError(
            f"{problem.spec.name} needs an accelerator ({requires.accelerator}); none is supported here"
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    if requires.memory_mb > memory:
        raise CampaignError(f"{problem.spec.name} needs {requires.memory_mb} MB of memory; this machine has {memory}")
    if pool.capabilities.network != "none":
        raise CampaignError(f"the {pool.capabilities.backend} sandbox does not keep candidates off the network here")
    lacking = toolchain(problem.spec.language).lacking(problem.spec, pool)
    if lacking:
        raise CampaignError(lacking)
