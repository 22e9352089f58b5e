"""The series-parallel detector: determinacy races, work and span of a fork-join program from one serial run.

The candidate is compiled with the compiler's thread-sanitizer instrumentation but linked with a runtime of ours
(``runtime/``) instead of libtsan. The program runs on one thread; the headers of its parallel constructs tell where
branches begin and end (``evolve/series_parallel.h``), and the runtime keeps, for each byte, who wrote and who read it
last. That is SP-bags (Feng and Leiserson, SPAA 1997), which finds a race on every input that has one, whatever the
schedule and however many processors there are, and reports none that is not there.

Out of its sight: code that is not instrumented (libraries; system calls; assembly; vector intrinsics that mask, gather,
scatter or stream; with g++ a structure that a call returns and that is stored at once) and accesses the optimiser
removed. Memory that a program recycles through an allocator of its own looks shared. What is ``thread_local``, and what
a static local's initialiser or ``call_once`` wrote, counts as safe.

Out of its scope: order made by locks and by atomics. Accesses under a common lock are reported apart
(:attr:`Report.locked`), for ThreadSanitizer to judge; what is published through an atomic flag is a determinacy race,
since who comes first decides. Threads of the program's own are refused.
"""

from evaluators.toolchains.series_parallel.building import (
    EXIT_RACE,
    EXIT_REFUSED,
    INSTRUMENTED,
    LINK,
    MAIN_SOURCE,
    RUNTIME,
    runtime_sources,
    settings,
)
from evaluators.toolchains.series_parallel.feedback import describe, explain, lines_of
from evaluators.toolchains.series_parallel.reports import Race, Report, read_report
from evaluators.toolchains.series_parallel.symbols import Symbols, read_symbols, symbol_steps, symbols_job, symbols_of
from evaluators.toolchains.series_parallel.work_span import PROCESSORS, WorkSpan

__all__ = [
    "EXIT_RACE", "EXIT_REFUSED", "INSTRUMENTED", "LINK", "MAIN_SOURCE", "PROCESSORS", "RUNTIME", "Race", "Report",
    "Symbols", "WorkSpan", "describe", "explain", "lines_of", "read_report", "read_symbols", "runtime_sources",
    "settings", "symbol_steps", "symbols_job", "symbols_of",
]  # fmt: skip
