"""How a job ended, in the words of the host's Outcome."""

from __future__ import annotations

import json
import os
import signal

from . import counters, program
from .children import ConfinementError
from .framing import END, frame
from .supervise import Supervision

_ENDING_SECONDS = 0.5


def report(job: Supervision) -> bytes:
    """End the job's processes and tell the host: a header, stdout, stderr and the responses not yet sent.

    Raises:
        ConfinementError: if the job never ran because its walls could not be put up.
    """
    children = [child for child in (job.candidate, job.simulator) if child is not None]
    # a compiled program cannot have any: it may not make processes
    orphans = job.accounts.offspring(*children) if job.native is None else 0
    run_delay = counters.run_delay_seconds(job.candidate.pid)
    failed = job.simulator if job.in_simulator and job.simulator is not None else job.candidate
    # an ending process closes its pipes, which its simulator notices, a moment before it has ended
    ending = failed.ending(patience=_ENDING_SECONDS if job.reason == "ended" else 0.0)
    job.close()
    full = [child.disk_was_full() for child in children]
    if failed.work is None and not job.accounts.oom_kills:
        raise ConfinementError("a child ended while it was putting up its walls")
    code = sent_signal = None
    if job.native is not None:
        code, sent_signal = job.native.ending()
    elif ending is not None:
        if ending.si_code == os.CLD_EXITED:
            code = ending.si_status
        else:
            sent_signal = ending.si_status
    cpu = job.accounts.cpu_seconds(job.simulator, job.candidate)
    reason = job.reason
    if reason == "ended":
        reason = _why_it_ended(job, code, sent_signal, cpu, full[children.index(failed)])
    text = job.simulator_text if job.in_simulator and job.simulator_text is not None else job.stderr
    header = {
        "reason": reason,
        "exit_code": code,
        "signal": sent_signal,
        "cpu_seconds": cpu,
        "wall_seconds": job.wall_seconds,
        "run_delay_seconds": run_delay,
        "peak_memory_bytes": max(child.max_rss_bytes for child in children),
        "oom_kills": job.accounts.oom_kills,
        "orphans_killed": orphans,
        "stopped_by_gate": job.stopped_by_gate,
        "in_simulator": job.in_simulator,
        "slot_is_fit": job.slot_is_fit(),
        "response_seconds": job.seconds,
        "response_cpu_seconds": job.cpu_seconds,
    }
    return frame(END, json.dumps(header).encode(), job.stdout.content(), text.content(), *job.responses[job.streamed :])


def _why_it_ended(job: Supervision, code: int | None, sent_signal: int | None, cpu: float, disk_full: bool) -> str:
    """The kernel's facts first; where it keeps none, the program's own word, which can only harm itself."""
    if job.accounts.oom_kills or job.cause == program.CAUSE_MEMORY:
        return "memory_limit"
    if job.over_cpu(cpu):
        return "cpu_limit"
    if job.accounts.forks_refused or (job.cause == program.CAUSE_PROCESSES and not job.accounts.counts_forks):
        return "process_limit"
    if sent_signal == signal.SIGXFSZ or (disk_full and code != 0):
        return "disk_limit"
    return "signalled" if sent_signal is not None else "exited"
