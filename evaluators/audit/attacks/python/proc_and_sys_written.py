# title: writes to switches of the kernel
# kind: escape
# expect: ok
# leak: write outside the work directory
# success: a switch of the host is changed
from kit import attempt, honest, once

PLACES = (
    "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/randomize_va_space",
    "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/cgroup/memory/memory.limit_in_bytes",
    "/cgroup/memory/cgroup.procs", "/cgroup/memory/memory.max", "/cgroup/pids/pids.max", "/proc/self/uid_map",
    "/proc/self/gid_map", "/proc/self/setgroups", "/proc/self/attr/current", "/proc/1/oom_score_adj", "/proc/self/timens_offsets",
)  # fmt: skip


@once
def write():
    for place in PLACES:
        attempt(f"open {place}", lambda: open(place, "r+").close())


def solve(arguments):
    write()
    return honest(*arguments)
